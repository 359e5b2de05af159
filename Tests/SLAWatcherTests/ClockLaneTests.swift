import City
import Messages
import Postgres
import Testing

@testable import SLAWatcher

@Suite("A lane of clocks over PostgreSQL")
struct ClockLaneTests {
    private let start = local("2026-06-03 09:00")

    private func harness(_ change: (inout Profile) -> Void = { _ in }) throws -> LaneHarness {
        try LaneHarness(city: SampleCity.make(change))
    }

    /// A case accepted at `start`: its handling clock is due at 60, 96 and 120 minutes.
    private func accepted(_ id: Int64) -> (story: Story, change: CaseChanged) {
        var story = Story(id)
        let change = story.steps(
            [(.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted)], at: start, assignee: "p1")
        return (story, change)
    }

    @Test("Marks fire once, after the grace, never before")
    func firing() throws {
        let harness = try harness()
        try harness.handle([accepted(1).change], now: start)
        try harness.tick(now: start.plus(minutes: 1))
        let due = start.plus(minutes: 60)
        #expect(harness.lane.nextTick == Timestamp(microseconds: due.microseconds + ClockLane.grace))
        try harness.tick(now: Timestamp(microseconds: due.microseconds + ClockLane.grace - 1))
        #expect(harness.published.isEmpty)
        let now = Timestamp(microseconds: due.microseconds + ClockLane.grace)
        try harness.tick(now: now)
        try harness.tick(now: now)
        #expect(harness.published.map(\.mark) == [.yellow])
        let fired = try #require(harness.published.first)
        #expect(fired.firedAt == now && fired.deadline == start.plus(minutes: 120) && fired.grid == GridCode("A"))
        try harness.tick(now: start.plus(minutes: 500))
        #expect(harness.published.map(\.mark) == [.yellow, .red, .breach])
        #expect(try harness.count("sla.fired") == 3)
        #expect(try harness.count("sla.open_clock") == 1)
        #expect(try harness.strings("SELECT next_mark FROM sla.clock WHERE next_mark IS NOT NULL").isEmpty)
    }

    @Test("A clock does not fire for a stage that had ended")
    func stopped() throws {
        let harness = try harness()
        var (story, change) = accepted(1)
        try harness.handle([change], now: start)
        try harness.handle([story.step(.handled, .handled, at: start.plus(minutes: 59))], now: start.plus(minutes: 59))
        try harness.handle([story.step(.closed, .closed, at: start.plus(minutes: 60))], now: start.plus(minutes: 60))
        try harness.tick(now: start.plus(minutes: 10_000))
        #expect(harness.published.isEmpty)
        #expect(try harness.count("sla.clock") == 0)
        #expect(
            try harness.strings("SELECT kind || ' ' || completed || ' ' || met FROM sla.outcome ORDER BY stopped_at")
                == ["handling true true", "check true true"])
        #expect(
            try harness.strings(
                "SELECT kind || ' ' || due || ' ' || met || ' ' || round(rate, 2) FROM sla.on_time ORDER BY kind")
                == ["check 1 1 1.00", "handling 1 1 1.00"])
    }

    @Test("A late message makes the breach that it proves, once")
    func lateBreach() throws {
        let harness = try harness()
        var (story, change) = accepted(1)
        let handled = story.step(.handled, .handled, at: start.plus(minutes: 130))
        try harness.handle([change], now: start)
        try harness.tick(now: start.plus(minutes: 100))
        try harness.handle([handled], now: start.plus(minutes: 300))
        try harness.tick(now: start.plus(minutes: 130))
        #expect(harness.published.map(\.mark) == [.yellow, .red, .breach])
        #expect(try harness.strings("SELECT met::text FROM sla.outcome") == ["false"])
    }

    @Test("Ended cases are remembered for a day, cases done in one message not at all")
    func memory() throws {
        let harness = try harness()
        var spot = Story(1)
        try harness.handle(
            [spot.steps([(.filed, .filed), (.handledOnTheSpot, .handled), (.closed, .closed)], at: start)], now: start)
        #expect(try harness.count("sla.watched_case") == 0)
        var (story, change) = accepted(2)
        let stale = story.step(.started, .handling, at: start)
        try harness.handle([change, story.step(.voided, .void, at: start.plus(minutes: 1))], now: start)
        try harness.handle([stale], now: start.plus(minutes: 2))
        #expect(try harness.count("sla.clock") == 0)
        try harness.tick(now: start.plus(minutes: 1_400))
        #expect(try harness.count("sla.watched_case") == 1)
        try harness.tick(now: start.plus(minutes: 1_501))
        #expect(try harness.count("sla.watched_case") == 0)
    }

    @Test("A message that is no change of a case is set aside, the others are handled")
    func poison() throws {
        let harness = try harness()
        let messages = [
            harness.message(payload: Array("{}".utf8), subject: "x"), harness.message(accepted(1).change),
            harness.message(payload: Array("no".utf8), subject: "y"),
        ]
        try harness.handle(messages: messages, now: start)
        #expect(harness.deadLetters.count == 2)
        #expect(try harness.count("sla.clock") == 1)
    }

    @Test("Lanes do not see each other's clocks")
    func lanes() throws {
        let url = try LaneHarness.freshDatabase()
        let city = try SampleCity.make()
        let lanes = try [0, 1].map { try LaneHarness(city: city, partition: $0, url: url) }
        for (id, lane) in lanes.enumerated() { try lane.handle([accepted(Int64(id)).change], now: start) }
        try lanes[0].tick(now: start.plus(minutes: 500))
        #expect(lanes[0].published.map(\.caseID.value) == [0, 0, 0])
        try lanes[1].tick(now: start.plus(minutes: 500))
        #expect(lanes[1].published.map(\.caseID.value) == [1, 1, 1])
    }

    @Test("More clocks than one tick takes are fired in the ticks after it")
    func manyDue() throws {
        let harness = try harness()
        let many = (1...2_300).map { accepted(Int64($0)).change }
        for batch in stride(from: 0, to: many.count, by: 500) {
            try harness.handle(Array(many[batch..<min(batch + 500, many.count)]), now: start)
        }
        try harness.tick(now: start.plus(minutes: 61))
        #expect(harness.published.count == 2_300)
        #expect(Set(harness.published.map(\.caseID)).count == 2_300)
        #expect(harness.lane.nextTick.map { $0 > start.plus(minutes: 95) } == true)
    }

    @Test("What is in the rows is all a new owner needs")
    func newOwner() throws {
        let harness = try harness()
        try harness.handle([accepted(1).change], now: start)
        harness.renew()
        try harness.tick(now: start.plus(minutes: 61))
        harness.renew()
        try harness.tick(now: start.plus(minutes: 97), failing: true)
        try harness.tick(now: start.plus(minutes: 97))
        #expect(harness.published.map(\.mark) == [.yellow, .red])
    }

    @Test("Presumed deadlines are counted anew, on record, when a version of the city knows the year")
    func recomputation() throws {
        let harness = try LaneHarness(city: SampleCity.make(years: 2_025...2_025))
        harness.renew()
        let early = local("2026-02-14 17:30")
        var story = Story(1, condition: "days-2", at: early)
        let change = story.steps(
            [(.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted)], at: early, assignee: "p1")
        try harness.handle([change], now: early)
        try harness.tick(now: early)
        #expect(try harness.strings("SELECT deadline::text FROM sla.open_clock WHERE provisional").count == 1)
        #expect(try harness.count("sla.recomputation") == 0)
        harness.city = try SampleCity.make(version: 2)
        #expect(harness.lane.nextTick == .earliest)
        // By the presumed calendar it would have breached long before.
        try harness.tick(now: local("2026-02-24 09:00"))
        #expect(harness.published.isEmpty)
        let after = try harness.session.query(
            "SELECT deadline_after, still_provisional, city_version FROM sla.recomputation"
        ).decode((PostgresTimestamp, Bool, Int32).self)
        #expect(after.count == 1 && after[0].0.microseconds == local("2026-02-25 17:30").microseconds)
        #expect(after.first?.1 == false && after.first?.2 == 2)
        try harness.tick(now: local("2026-02-25 17:31"))
        #expect(harness.published.map(\.mark) == [.yellow, .red, .breach])
        #expect(harness.published.allSatisfy { !$0.provisional })
    }

    @Test("People see clocks, marks and outcomes, by id and by number")
    func report() throws {
        let harness = try harness()
        var (story, change) = accepted(7)
        try harness.handle([change], now: start)
        try harness.tick(now: start.plus(minutes: 61))
        try harness.handle(
            [story.step(.returned, .returned, at: start.plus(minutes: 70))], now: start.plus(minutes: 70))
        try harness.handle(
            [story.step(.dispatched, .dispatched, at: start.plus(minutes: 75), assignee: "p2")],
            now: start.plus(minutes: 75))
        func text(_ reference: String) throws -> String? {
            try harness.session.transaction { transaction in
                guard let report = try ClockReport.load(reference, in: transaction) else { return nil }
                var writer = JSONWriter()
                report.write(to: &writer)
                return String(decoding: writer.bytes, as: UTF8.self)
            }
        }
        let byID = try #require(try text("7"))
        #expect(try text("SMP-20260603-7") == byID)
        #expect(try text("8") == nil)
        #expect(try text("SMP-1") == nil)
        #expect(try text("99999999999999999999") == nil)
        #expect(byID.contains(#""kind":"handling","version":3,"startedAt":"2026-06-03T01:00:00Z""#))
        #expect(byID.contains(#""limit":{"zh":"2紧急工作时","en":"2 urgent hours"}"#))
        #expect(byID.contains(#""paused":true,"remainingSeconds":3000"#))
        #expect(byID.contains(#""kind":"accept","version":5"#))
        #expect(byID.contains(#""deadline":"2026-06-03T02:35:00Z""#))
        #expect(byID.contains(#""mark":"yellow","dueAt":"2026-06-03T02:00:00Z""#))
    }
}

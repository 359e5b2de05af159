import City
import Messages
import Postgres
import Testing

@testable import Rewards

@Suite("Claims over PostgreSQL")
struct RewardsLaneTests {
    private let noon = local("2026-06-03 12:00")
    private let worker = PostCode("worker-a")

    private func harness() throws -> LedgerHarness { try LedgerHarness(city: SampleCity.make()) }

    private func onTheSpot(_ ids: ClosedRange<Int64>, at: Timestamp? = nil) -> [CaseChanged] {
        ids.map { id in
            var story = CaseStory(id, finder: "worker-a")
            return story.closeOnTheSpot(at: at ?? noon)
        }
    }

    @Test("A closed case opens a claim that waits for review and expires when nobody comes")
    func life() throws {
        let harness = try harness()
        try harness.handle(onTheSpot(1...1), now: noon)
        #expect(try harness.claims() == ["1 worker-a on-the-spot-handling pending"])
        #expect(try harness.balances() == ["worker-a 0 3"])
        let told = try #require(harness.published.first)
        #expect(told.state == .pending && told.owner == worker && told.points == 3 && told.grid == GridCode("A"))
        #expect(told.caseID == CaseID(1) && told.at == noon && told.by == "rewards")

        try harness.tick(now: noon)
        #expect(harness.lane(0).nextTick == noon.plus(days: 7))
        try harness.tick(now: noon.plus(days: 7))
        #expect(try harness.claims() == ["1 worker-a on-the-spot-handling expired"])
        #expect(try harness.balances().isEmpty)
        #expect(harness.published.map(\.state) == [.pending, .expired])
        #expect(harness.published.last?.reason == Ledger.reviewMissed)
        #expect(harness.lane(0).nextTick == nil)
        #expect(try harness.faults().isEmpty)
    }

    @Test("A lane lets only its own claims expire, in as many ticks as it takes")
    func expiryOfLanes() throws {
        let harness = try LedgerHarness(
            city: SampleCity.make { $0.tariff.rates = [SampleCity.rate("on-the-spot-handling", 1, cap: 100_000)] })
        let many = Int64(RewardsLane.expiringAtOnce) + 200
        try harness.handle(onTheSpot(1...many), partition: 0, now: noon)
        try harness.handle(onTheSpot(many + 1...many + 5), partition: 1, now: noon)
        harness.renew()
        try harness.tick(partition: 0, now: noon.plus(days: 8))
        #expect(try harness.number("SELECT count(*) FROM rewards.resolution WHERE state = 'expired'") == Int(many))
        #expect(try harness.balances() == ["worker-a 0 5"])
        #expect(try harness.faults().isEmpty)
    }

    @Test("A repeated message changes nothing, whatever became of the claim")
    func repeats() throws {
        let harness = try harness()
        let changes = onTheSpot(1...3)
        try harness.handle(changes + changes, now: noon)
        try harness.handle(changes, now: noon)
        #expect(harness.published.count == 2)  // The cap holds the third back.
        try harness.review([harness.transfers[0]], .post, by: .first, now: noon)
        try harness.review([harness.transfers[1]], .void, by: .first, now: noon)
        try harness.handle(changes, now: noon)
        #expect(harness.published.map(\.state) == [.pending, .pending, .posted, .voided])
        #expect(try harness.balances() == ["worker-a 3 0"])
        #expect(try harness.faults().isEmpty)
    }

    @Test("The daily cap counts what is pending and posted on the local day; what it refuses is on record")
    func cap() throws {
        let harness = try harness()
        try harness.handle(onTheSpot(1...4), now: noon)
        #expect(try harness.claims().count == 2)
        #expect(try harness.strings("SELECT case_id::text FROM rewards.capped ORDER BY 1") == ["3", "4"])
        // Voided points make room on their day; the next day has room of its own.
        try harness.review([harness.transfers[0]], .void, by: .first, now: noon)
        try harness.handle(onTheSpot(5...6), now: noon)
        try harness.handle(onTheSpot(7...7, at: local("2026-06-04 00:00")), now: noon.plus(days: 1))
        #expect(
            try harness.claims().filter { $0.hasSuffix("pending") }.map { $0.prefix(1) } == ["2", "5", "7"])
        #expect(try harness.number("SELECT count(*) FROM rewards.capped") == 3)
        #expect(try harness.faults().isEmpty)
    }

    @Test("A reopened case loses its pending claims and earns anew when it is closed again")
    func reopened() throws {
        let harness = try harness()
        var story = CaseStory(1, finder: "worker-a")
        try harness.handle([story.close(handler: "worker-b", checker: "checker", at: noon)], now: noon)
        try harness.review([harness.transfers[1]], .post, by: .chief, now: noon)
        try harness.handle([story.reopen(at: noon)], now: noon)
        // What a reviewer had posted stays.
        #expect(
            try harness.claims() == ["1 checker closing-check voided", "1 worker-a valid-report posted"]
                || harness.claims() == ["1 checker closing-check posted", "1 worker-a valid-report voided"])
        #expect(harness.published.last?.reason == "case-reopened" && harness.published.last?.by == "rewards")
        try harness.handle([story.close(handler: "worker-b", checker: "checker", at: noon)], now: noon)
        #expect(try harness.claims().filter { $0.hasSuffix("pending") }.count == 1)
        #expect(try harness.number("SELECT count(*) FROM rewards.transfer") == 3)
        #expect(try harness.faults().isEmpty)
    }

    @Test("A voided case keeps no claim, in one batch or several")
    func voided() throws {
        let harness = try harness()
        var first = CaseStory(1, finder: "worker-a")
        try harness.handle([first.closeOnTheSpot(at: noon), first.void(at: noon)], now: noon)
        var second = CaseStory(2, finder: "worker-a")
        try harness.handle([second.closeOnTheSpot(at: noon)], now: noon)
        try harness.handle([second.void(at: noon)], now: noon)
        #expect(harness.published.map(\.state) == [.pending, .voided, .pending, .voided])
        #expect(harness.published.last?.reason == "case-voided")
        #expect(try harness.balances().isEmpty)
        #expect(try harness.faults().isEmpty)
    }

    @Test("A message that was overtaken by a later one opens and takes back nothing")
    func overtaken() throws {
        let harness = try harness()
        var story = CaseStory(1, finder: "worker-a")
        let (closed, void) = (story.closeOnTheSpot(at: noon), story.void(at: noon))
        try harness.handle([void], now: noon)
        try harness.handle([closed], now: noon)
        #expect(harness.published.isEmpty)

        var other = CaseStory(2, finder: "worker-a")
        let first = other.close(handler: "worker-b", at: noon)
        let reopened = other.reopen(at: noon)
        let again = other.close(handler: "worker-b", at: noon)
        try harness.handle([first, again], now: noon)
        try harness.handle([reopened], now: noon)
        #expect(try harness.claims() == ["2 worker-a valid-report pending"])
        #expect(harness.published.count == 1)
        #expect(try harness.faults().isEmpty)
    }

    @Test("A failed transaction leaves nothing, and the batch can be handled again")
    func failing() throws {
        let harness = try harness()
        try harness.handle(onTheSpot(1...2), now: noon, failing: true)
        #expect(try harness.claims().isEmpty)
        try harness.handle(onTheSpot(1...2), now: noon)
        #expect(try harness.balances() == ["worker-a 0 6"])
        #expect(try harness.faults().isEmpty)
    }

    @Test("What is no change of a case is set aside; the rest of the batch goes on")
    func deadLetters() throws {
        let harness = try harness()
        var writer = JSONWriter()
        onTheSpot(1...1)[0].write(to: &writer)
        try harness.handle(
            messages: [
                harness.message(payload: Array("{}".utf8), subject: "1"),
                harness.message(payload: writer.bytes, subject: "1"),
            ], now: noon)
        #expect(harness.deadLetters.count == 1)
        #expect(try harness.claims().count == 1)
    }

    @Test("Statements and sums")
    func reading() throws {
        let harness = try harness()
        try harness.handle(onTheSpot(1...2), now: noon)
        try harness.review([harness.transfers[0]], .post, by: .first, reason: "well done", now: noon)
        let (statement, balances) = try harness.session.transaction(readOnly: true) {
            (try LedgerReading.statement(of: worker, lines: 10, in: $0), try LedgerReading.balances(in: $0))
        }
        #expect(statement.posted == 3 && statement.pending == 3)
        #expect(statement.lines.map(\.state) == [.pending, .posted])
        #expect(statement.lines.last?.reason == "well done")
        #expect(
            balances.map { "\($0.kind) \($0.accounts) \($0.posted) \($0.pending)" } == [
                "member 1 3 3", "scheme-pool 1 -3 -3",
            ])
        let nobody = try harness.session.transaction(readOnly: true) {
            try LedgerReading.statement(of: PostCode("nobody"), lines: 10, in: $0)
        }
        #expect(nobody.posted == 0 && nobody.lines.isEmpty)
    }
}

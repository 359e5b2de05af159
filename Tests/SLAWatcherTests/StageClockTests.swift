import City
import Messages
import Testing

@testable import SLAWatcher

@Suite("The clock of one stage")
struct StageClockTests {
    private func clock(_ limit: TimeLimit, from start: String, city: City) -> StageClock {
        StageClock(
            kind: .handling, version: 3, startedAt: local(start), limit: limit, assignee: PostCode("p1"), city: city)
    }

    private func marks(_ clock: StageClock, until: String, city: City) -> [String] {
        var clock = clock
        return clock.passMarks(city: city) { $0 <= local(until) }.map { "\($0.mark.rawValue) \($0.due.rfc3339)" }
    }

    @Test(
        "Deadlines follow the working calendar",
        arguments: [
            ("2026-02-13 17:00", TimeLimit(4, .workingHours), "2026-02-14 11:00"),
            ("2026-02-14 17:30", TimeLimit(1, .workingDays), "2026-02-24 17:30"),
            ("2026-02-13 17:00", TimeLimit(2, .urgentHours), "2026-02-13 19:00"),
            ("2026-09-30 16:00", TimeLimit(3, .workingDays), "2026-10-10 16:00"),
        ])
    func deadlines(start: String, limit: TimeLimit, deadline: String) throws {
        let clock = clock(limit, from: start, city: try SampleCity.make())
        #expect(clock.deadline == local(deadline))
        #expect(!clock.provisional)
    }

    @Test("Warnings come at their part of the limit, in working time where the limit counts working time")
    func warnings() throws {
        let city = try SampleCity.make()
        let urgent = clock(TimeLimit(2, .urgentHours), from: "2026-06-03 09:00", city: city)
        #expect(
            marks(urgent, until: "2026-06-04 09:00", city: city) == [
                "yellow 2026-06-03T02:00:00Z", "red 2026-06-03T02:36:00Z", "breach 2026-06-03T03:00:00Z",
            ])
        // 50 % of 4 working hours from 11:00 is 15:00, over the noon break; 80 % is 16:12.
        let working = clock(TimeLimit(4, .workingHours), from: "2026-06-03 11:00", city: city)
        #expect(
            marks(working, until: "2026-06-04 09:00", city: city) == [
                "yellow 2026-06-03T07:00:00Z", "red 2026-06-03T08:12:00Z", "breach 2026-06-03T09:00:00Z",
            ])
    }

    @Test("A policy with fewer warnings has fewer marks", arguments: [[], [70], [0, 100], [50, 80]])
    func fewerWarnings(percents: [Int]) throws {
        let city = try SampleCity.make { $0.policy.clocks.warnAtPercent = percents }
        let clock = clock(TimeLimit(2, .urgentHours), from: "2026-06-03 09:00", city: city)
        let usable = percents.filter { (0..<100).contains($0) }
        #expect(marks(clock, until: "2026-06-03 11:00", city: city).count == usable.count + 1)
    }

    @Test("A paused clock passes no mark; resumed, it has what was left")
    func pause() throws {
        let city = try SampleCity.make()
        var clock = clock(TimeLimit(2, .urgentHours), from: "2026-06-03 09:00", city: city)
        #expect(clock.passMarks(city: city) { $0 < local("2026-06-03 10:10") }.map(\.mark) == [.yellow])
        clock.pause(at: local("2026-06-03 10:10"), city: city)
        #expect(clock.isPaused && clock.nextMark == .red && clock.nextDue == nil)
        #expect(marks(clock, until: "2026-06-10 09:00", city: city) == [])
        clock.resume(at: local("2026-06-05 08:00"), city: city)
        #expect(clock.deadline == local("2026-06-05 08:50"))
        // Red at 96 minutes of 120: 26 after the resumption.
        #expect(clock.nextDue == local("2026-06-05 08:26"))
    }

    @Test("A clock that breached stays silent through pause and resumption")
    func breachedPause() throws {
        let city = try SampleCity.make()
        var clock = clock(TimeLimit(2, .urgentHours), from: "2026-06-03 09:00", city: city)
        _ = clock.passMarks(city: city) { $0 < local("2026-06-03 12:00") }
        clock.pause(at: local("2026-06-03 12:00"), city: city)
        clock.resume(at: local("2026-06-03 13:00"), city: city)
        #expect(clock.nextMark == nil && clock.nextDue == nil)
        #expect(clock.deadline == local("2026-06-03 11:00"))
    }

    @Test("A presumed deadline is counted anew when the year is announced; a settled one never is")
    func recomputation() throws {
        let presumed = try SampleCity.make(years: 2_025...2_025)
        let known = try SampleCity.make(version: 2)
        let provisional = clock(TimeLimit(1, .workingDays), from: "2026-02-14 17:30", city: presumed)
        // A Saturday and the week after, taken for ordinary ones.
        #expect(provisional.provisional && provisional.deadline == local("2026-02-16 18:00"))
        let settled = try #require(provisional.recomputed(city: known))
        #expect(!settled.provisional && settled.deadline == local("2026-02-24 17:30"))
        #expect(settled.nextMark == .yellow)
        #expect(settled.recomputed(city: presumed) == nil)
        #expect(provisional.recomputed(city: presumed) == nil)
    }
}

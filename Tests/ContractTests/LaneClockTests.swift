import City
import Dispatch
import Testing

@testable import EventLog

/// What a lane holds of the suite's clock. Times are seconds; clocks may part by five.
@Suite("The suite's clock beside monotonic time")
struct LaneClockTests {
    /// One look: what the clock said, asked and told at monotonic moments.
    struct Look: Sendable {
        var says: Double
        var asked: Double
        var told: Double

        init(_ says: Double, _ asked: Double, _ told: Double) {
            (self.says, self.asked, self.told) = (says, asked, told)
        }

        var time: SuiteTime {
            SuiteTime(
                now: Timestamp(microseconds: 1_800_000_000_000_000 + Int64(says * 1e6)),
                askedNanoseconds: UInt64(asked * 1e9), toldNanoseconds: UInt64(told * 1e9))
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var looks: [Look]
        var drift: Double?

        init(_ description: String, _ looks: [Look], drift: Double?) {
            (testDescription, self.looks, self.drift) = (description, looks, drift)
        }
    }

    static let cases = [
        Case("time goes by", [Look(0, 100, 100.1), Look(60, 160, 160.1)], drift: nil),
        Case("the clock was set forward", [Look(0, 100, 100), Look(7_210, 110, 110)], drift: 7_200),
        Case("the clock was set back", [Look(0, 100, 100), Look(-3_590, 110, 110)], drift: -3_600),
        Case("less than is allowed", [Look(0, 100, 100), Look(14, 110, 110)], drift: nil),
        Case("as much as is allowed", [Look(0, 100, 100), Look(15, 110, 110)], drift: nil),
        Case("right again", [Look(0, 100, 100), Look(100, 110, 110), Look(20, 120, 120)], drift: nil),
        Case(
            "the process stood still after it had asked for the first time",
            [Look(0, 100, 114), Look(14.1, 114.1, 114.1)], drift: nil),
        Case(
            "the first answer took long, and the next makes exact what it left open",
            [Look(4, 100, 104), Look(10, 110, 110), Look(26, 120, 120)], drift: 6),
        Case("the process stood still later", [Look(0, 100, 100), Look(10, 110, 130), Look(40, 140, 140)], drift: nil),
        Case(
            "an answer that took too long does not hide a jump",
            [Look(0, 100, 100), Look(70, 110, 110), Look(20, 120, 180)], drift: 60),
    ]

    @Test("A jump is told from an answer that was long under way", arguments: cases)
    func drift(_ example: Case) {
        var clock = LaneClock(driftLimitSeconds: 5, anchor: ClockAnchor())
        for look in example.looks { clock.note(look.time) }
        #expect(clock.drift == example.drift)
    }

    @Test("From an answer that took too long nothing is taken")
    func tooLong() {
        var clock = LaneClock(driftLimitSeconds: 5, anchor: ClockAnchor())
        let said = [Look(0, 100, 105.1), Look(0, 100, 105)].map { clock.note($0.time) }
        #expect(said == [false, true])
    }

    @Test("A connection made anew does not believe another time")
    func anchorOutlivesLanes() {
        let anchor = ClockAnchor()
        var first = LaneClock(driftLimitSeconds: 5, anchor: anchor)
        first.note(Look(0, 100, 100).time)
        var second = LaneClock(driftLimitSeconds: 5, anchor: anchor)
        second.note(Look(50, 120, 120).time)
        #expect(second.drift == 30)
    }

    @Test(
        "The time is known without asking for a second, from an answer that came at once",
        arguments: [
            (Look(0, 100, 100.001), 100.5, 0.499), (Look(0, 100, 100.001), 101, 0.999), (Look(0, 100, 100), 101, nil),
            (Look(0, 100, 100.006), 100.5, nil),
        ] as [(Look, Double, Double?)])
    func projected(look: Look, moment: Double, says: Double?) {
        let time = look.time.projected(to: DispatchTime(uptimeNanoseconds: UInt64(moment * 1e9)))
        #expect(time.map { ($0.seconds(since: Look(0, 0, 0).time.now) * 1e3).rounded() } == says.map { $0 * 1e3 })
    }

    @Test("In a replay the time is never known without asking")
    func replayStandsStill() {
        var time = Look(0, 100, 100).time
        time.isReplay = true
        #expect(time.projected(to: DispatchTime(uptimeNanoseconds: 100_000_000_001)) == nil)
    }
}

import City
import TestSupport
import Testing

@Suite struct TimeZoneRulesTests {
    @Test func knowsOffsets() {
        #expect(Zones.shanghai.offset(at: moment("2026-02-13T09:00:00Z")) == 28_800)
        #expect(Zones.shanghai.offset(at: moment("1991-07-01T00:00:00Z")) == 32_400)
        #expect(Zones.shanghai.offset(at: moment("1991-04-13T17:59:59Z")) == 28_800)
        #expect(Zones.shanghai.offset(at: moment("1991-04-13T18:00:00Z")) == 32_400)
        #expect(Zones.shanghai.offset(at: moment("1900-01-01T00:00:00Z")) == 28_800)
    }

    @Test func knowsTheWallClock() {
        let local = Zones.shanghai.local(moment("2026-02-13T16:00:01.999Z"))
        #expect(local.day == CivilDay(year: 2_026, month: 2, day: 14))
        #expect(local.secondOfDay == 1)
        #expect(Zones.shanghai.day(of: moment("2026-02-13T15:59:59Z")) == CivilDay(year: 2_026, month: 2, day: 13))
        #expect(Zones.shanghai.local(moment("1960-02-13T15:59:59Z")).secondOfDay == 86_399)
    }

    @Test(arguments: [
        // Ordinary days of both halves of the year, and midnight at the end of a day.
        ("2026-01-10", 3_600, "2026-01-10T00:00:00Z"),
        ("2026-07-10", 7_200, "2026-07-10T00:00:00Z"),
        ("2026-07-10", 86_400, "2026-07-10T22:00:00Z"),
        // Clocks go from 02:00 to 03:00: 02:30 is never shown and counts as 03:30.
        ("2026-03-29", 2 * 3_600 - 1, "2026-03-29T00:59:59Z"),
        ("2026-03-29", 2 * 3_600, "2026-03-29T01:00:00Z"),
        ("2026-03-29", 5 * 1_800, "2026-03-29T01:30:00Z"),
        ("2026-03-29", 3 * 3_600, "2026-03-29T01:00:00Z"),
        // Clocks go from 03:00 back to 02:00: the first 02:30 counts.
        ("2026-10-25", 5 * 1_800, "2026-10-25T00:30:00Z"),
        ("2026-10-25", 3 * 3_600, "2026-10-25T02:00:00Z"),
    ])
    func findsMoments(day: String, secondOfDay: Int, expected: String) {
        let found = Zones.berlin.timestamp(of: CivilDay(iso8601: day)!, secondOfDay: secondOfDay)
        #expect(found == moment(expected))
    }

    @Test func whatTheWallShowsLeadsBack() {
        for zone in [Zones.shanghai, Zones.berlin] {
            var generator = SeededGenerator(seed: freshSeed("time zone \(zone.name)"))
            for _ in 0..<20_000 {
                let moment = Timestamp(
                    seconds: .random(in: Timestamp.earliest.seconds..<Timestamp.end.seconds, using: &generator))
                let local = zone.local(moment)
                let back = zone.timestamp(of: local.day, secondOfDay: local.secondOfDay)
                let shown = zone.local(back)
                guard back <= moment, moment.seconds(since: back) <= 3_600, shown == local else {
                    Issue.record("\(moment) in \(zone.name) led to \(back)")
                    return
                }
            }
        }
    }

    @Test func refusesBadRules() {
        #expect(throws: TimeZoneRules.Fault.empty(zone: "Nowhere")) {
            try TimeZoneRules(name: "Nowhere", transitions: [])
        }
        let start = TimeZoneRules.Transition(from: .earliest, offsetSeconds: 0)
        #expect(throws: TimeZoneRules.Fault.notAscending(zone: "Twice", at: .earliest)) {
            try TimeZoneRules(name: "Twice", transitions: [start, start])
        }
        #expect(throws: TimeZoneRules.Fault.offsetOutOfRange(zone: "Far", offsetSeconds: 80_000)) {
            try TimeZoneRules(name: "Far", transitions: [.init(from: .earliest, offsetSeconds: 80_000)])
        }
    }
}

import City
import Testing

@Suite struct CivilDayTests {
    @Test(arguments: [
        (CivilDay(year: 1_970, month: 1, day: 1), 0, Weekday.thursday),
        (CivilDay(year: 1_969, month: 12, day: 31), -1, .wednesday),
        (CivilDay(year: 2_000, month: 2, day: 29), 11_016, .tuesday),
        (CivilDay(year: 2_026, month: 2, day: 14), 20_498, .saturday),
        (CivilDay(year: 1_900, month: 1, day: 1), -25_567, .monday),
    ])
    func numbersDays(day: CivilDay, number: Int, weekday: Weekday) {
        #expect(day.daysSinceEpoch == number)
        #expect(CivilDay(daysSinceEpoch: number) == day)
        #expect(day.weekday == weekday)
    }

    @Test func everyDayFollowsTheOneBefore() {
        var day = CivilDay(year: 1_599, month: 12, day: 31)
        for number in day.daysSinceEpoch + 1...CivilDay(year: 2_401, month: 1, day: 1).daysSinceEpoch {
            let next = CivilDay(daysSinceEpoch: number)
            let expected =
                day.day < CivilDay.days(inMonth: day.month, of: day.year)
                ? CivilDay(year: day.year, month: day.month, day: day.day + 1)
                : day.month < 12
                    ? CivilDay(year: day.year, month: day.month + 1, day: 1)
                    : CivilDay(year: day.year + 1, month: 1, day: 1)
            guard next == expected, next.daysSinceEpoch == number, next.isValid,
                next.weekday.rawValue == day.weekday.rawValue % 7 + 1
            else {
                Issue.record("day \(number) is \(next), after \(day)")
                return
            }
            day = next
        }
    }

    @Test func addsDays() {
        #expect(CivilDay(year: 2_024, month: 2, day: 28).adding(days: 2) == CivilDay(year: 2_024, month: 3, day: 1))
        #expect(CivilDay(year: 2_026, month: 1, day: 1).adding(days: -1) == CivilDay(year: 2_025, month: 12, day: 31))
    }

    @Test(arguments: ["2026-02-14", "2000-02-29", "0001-01-01", "9999-12-31"])
    func readsWhatItWrites(text: String) {
        #expect(CivilDay(iso8601: text)?.iso8601 == text)
    }

    @Test(arguments: [
        "", "2026-2-14", "2026-02-30", "2025-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "20260214",
        "2026-02-14 ", " 2026-02-14", "2026/02/14", "２０２６-02-14", "2026-02-14T", "+2026-02-1", "2026-02--1",
    ])
    func refusesOtherText(text: String) {
        #expect(CivilDay(iso8601: text) == nil)
    }

    @Test func writesFarYearsWithASign() {
        #expect(CivilDay(year: 12_026, month: 3, day: 4).iso8601 == "+012026-03-04")
        #expect(CivilDay(year: -44, month: 3, day: 15).iso8601 == "-000044-03-15")
    }
}

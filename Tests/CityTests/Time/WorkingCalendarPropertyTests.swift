import City
import TestSupport
import Testing

/// Counts working time one minute after the other, from the holiday files alone: slow, and plainly right.
private struct MinuteByMinute {
    private let isWorkday: [Int: Bool]

    init(_ holidays: [Holiday]) {
        let exceptions = Dictionary(uniqueKeysWithValues: holidays.map { ($0.day.daysSinceEpoch, !$0.isDayOff) })
        // 1970-01-05 was a Monday.
        let days = (17_532..<20_820).map { ($0, exceptions[$0] ?? (($0 - 4) % 7 < 5)) }
        isWorkday = Dictionary(uniqueKeysWithValues: days)
    }

    /// - Parameter minute: Minutes since 1970-01-01T00:00 in Shanghai.
    private func isWorking(_ minute: Int) -> Bool {
        let ofDay = minute % 1_440
        guard (480..<720).contains(ofDay) || (840..<1_080).contains(ofDay) else { return false }
        return isWorkday[minute / 1_440]!
    }

    func deadline(from start: Int, workingMinutes: Int) -> Int {
        var minute = start
        var left = workingMinutes
        while left > 0 {
            if isWorking(minute) { left -= 1 }
            minute += 1
        }
        return minute
    }
}

@Suite struct WorkingCalendarPropertyTests {
    let calendar: WorkingCalendar
    /// Minutes since the epoch, Shanghai time, of the years that are known.
    static let minutes =
        CivilDay(year: 2_018, month: 1, day: 1).daysSinceEpoch * 1_440..<CivilDay(year: 2_026, month: 11, day: 1)
        .daysSinceEpoch * 1_440

    init() throws {
        calendar = try WorkingCalendar(zone: Zones.shanghai, workingTime: .national, holidays: HolidayFiles.all)
    }

    private func moment(minute: Int) -> Timestamp { Timestamp(seconds: Int64(minute) * 60 - 28_800) }

    @Test func agreesWithCountingMinutes() {
        var generator = SeededGenerator(seed: freshSeed("minute by minute"))
        let oracle = MinuteByMinute(HolidayFiles.all)
        for _ in 0..<600 {
            let start = Int.random(in: Self.minutes, using: &generator)
            let hours = Int.random(in: 1...40, using: &generator)
            let expected = moment(minute: oracle.deadline(from: start, workingMinutes: hours * 60))
            let found = calendar.deadline(from: moment(minute: start), limit: TimeLimit(hours, .workingHours))
            guard found == Deadline(at: expected, provisional: false) else {
                Issue.record("\(hours) hours from \(moment(minute: start)): \(found), expected \(expected)")
                return
            }
        }
    }

    @Test func propertiesHold() {
        var generator = SeededGenerator(seed: freshSeed("working calendar"))
        for _ in 0..<20_000 {
            let start = Timestamp(
                microseconds: moment(minute: .random(in: Self.minutes, using: &generator)).microseconds
                    + .random(in: 0..<60_000_000, using: &generator))
            let later = Timestamp(
                microseconds: start.microseconds + .random(in: 0...500_000_000_000, using: &generator))
            let days = Int.random(in: 1...12, using: &generator)
            let limit = TimeLimit(days, .workingDays)
            let due = calendar.deadline(from: start, limit: limit).at

            // A working day is eight working hours.
            let inHours = calendar.deadline(from: start, limit: TimeLimit(days * 8, .workingHours)).at
            // Whoever starts later is not due earlier, and a longer limit is not due earlier.
            let laterDue = calendar.deadline(from: later, limit: limit).at
            let longer = calendar.deadline(from: start, limit: TimeLimit(days + 1, .workingDays)).at
            // Exactly the limit has gone by at the deadline, and not a microsecond before.
            let elapsed = calendar.elapsed(from: start, to: due, unit: .workingDays)
            let before = calendar.elapsed(
                from: start, to: Timestamp(microseconds: due.microseconds - 1), unit: .workingDays)
            // A pause that takes no time changes nothing.
            let pause = min(later, due)
            let left = calendar.remaining(from: start, limit: limit, at: pause)
            let resumed = calendar.deadline(from: pause, allowance: left).at

            guard inHours == due, laterDue >= due, longer > due, due > start, elapsed == Allowance(limit),
                before.microseconds == elapsed.microseconds - 1, resumed == due
            else {
                Issue.record("\(days) days from \(start), and from \(later)")
                return
            }
        }
    }
}

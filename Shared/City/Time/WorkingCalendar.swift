/// When a limit must have been met.
public struct Deadline: Hashable, Sendable {
    public var at: Timestamp
    /// The count touched days whose holidays are not announced yet: recompute it when they are.
    public var provisional: Bool

    public init(at: Timestamp, provisional: Bool) {
        self.at = at
        self.provisional = provisional
    }
}

/// Counts working time: what a limit given at one moment makes due at another.
///
/// Workdays are Monday to Friday, but for the days the holiday data name. A year is *covered* when the data name its
/// New Year's Day. In a year that is not, and in the last week of a year whose successor is not (the next notice may
/// shift days there, as it did on 2018-12-29), Monday to Friday stands in and results are marked provisional.
///
/// A deadline costs a few array look-ups, whatever its distance. Times are wall-clock times: on a day the zone changes
/// its clocks, working hours are what the wall shows. Counts reach from 1900 to 2199 and stop there.
public struct WorkingCalendar: Sendable {
    /// Why working time or holidays were refused.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// No working time at all: no deadline would ever come.
        case noWorkingTime
        /// A span that is empty, leaves the day or does not follow the one before it.
        case badSpan(WorkingTime.Span)
        /// The Gregorian calendar has no such day.
        case noSuchDay(CivilDay)
        /// The data call one day both off and worked.
        case contradiction(CivilDay)

        public var description: String {
            switch self {
            case .noWorkingTime: "working time has no span"
            case .badSpan(let span): "working time span \(span.from) … \(span.to) is empty, overlaps or leaves the day"
            case .noSuchDay(let day): "there is no day \(day.year)-\(day.month)-\(day.day)"
            case .contradiction(let day): "\(day) is called both a day off and a workday"
            }
        }
    }

    public let zone: TimeZoneRules
    /// Years whose holidays are known.
    public let coveredYears: Set<Int>

    private let hours: WorkingHours
    private let table: WorkdayTable
    /// Ranges of days since 1970-01-01 that no notice to come can change.
    private let settledDays: [Range<Int>]

    /// - Parameter holidays: Days of all years that are known, in any order; a repeated day must say the same.
    /// - Throws: ``Fault``
    public init(zone: TimeZoneRules, workingTime: WorkingTime, holidays: [Holiday]) throws {
        var exceptions: [Int: Bool] = [:]
        var coveredYears: Set<Int> = []
        for holiday in holidays {
            guard holiday.day.isValid else { throw Fault.noSuchDay(holiday.day) }
            let former = exceptions.updateValue(!holiday.isDayOff, forKey: holiday.day.daysSinceEpoch)
            if former == holiday.isDayOff { throw Fault.contradiction(holiday.day) }
            if holiday.day.month == 1, holiday.day.day == 1 { coveredYears.insert(holiday.day.year) }
        }
        self.zone = zone
        self.coveredYears = coveredYears
        hours = try WorkingHours(workingTime)
        table = WorkdayTable(exceptions: exceptions)
        settledDays = Self.settledDays(in: coveredYears)
    }

    /// Whether people work that day: always an answer, a presumed one in a year that is not covered.
    public func isWorkday(_ day: CivilDay) -> Bool { table.isWorkday(day.daysSinceEpoch) }

    /// When a limit that begins at `start` ends: the earliest moment at which the whole of it has gone by.
    public func deadline(from start: Timestamp, limit: TimeLimit) -> Deadline {
        deadline(from: start, allowance: Allowance(limit))
    }

    /// When an allowance that begins, or resumes, at `start` is spent; `start` itself if nothing is left.
    public func deadline(from start: Timestamp, allowance: Allowance) -> Deadline {
        guard allowance.microseconds > 0 else { return Deadline(at: start, provisional: false) }
        guard allowance.inWorkingTime else {
            return Deadline(
                at: Timestamp(microseconds: start.microseconds + allowance.microseconds), provisional: false)
        }
        let begin = position(of: start)
        let target = begin.work + allowance.microseconds
        // The last microsecond of the allowance decides the day, so that it ends at 18:00 and not at 08:00 next day.
        let (number, before) = (target - 1).quotientAndRemainder(dividingBy: hours.perDay)
        guard let day = table.workday(number: Int(number)) else { return Deadline(at: .end, provisional: true) }
        let local = Int64(day) * microsecondsPerDay + hours.timeOfDay(afterWork: before + 1)
        return Deadline(
            at: zone.timestamp(localMicroseconds: local), provisional: !isSettled(from: begin.day, through: day))
    }

    /// When that part of a limit has gone by, for warnings before the deadline.
    ///
    /// - Parameter percent: Part of the limit; 100 is the deadline itself.
    public func moment(from start: Timestamp, limit: TimeLimit, percent: Int) -> Deadline {
        deadline(from: start, allowance: Allowance(limit).part(percent: percent))
    }

    /// What has gone by between two moments, counted as `unit` counts; negative when `end` is the earlier.
    public func elapsed(from start: Timestamp, to end: Timestamp, unit: TimeLimit.Unit) -> Allowance {
        let microseconds =
            unit.isWorkingTime
            ? position(of: end).work - position(of: start).work
            : end.microseconds - start.microseconds
        return Allowance(microseconds: microseconds, inWorkingTime: unit.isWorkingTime)
    }

    /// What is left at `now` of a limit that began at `start`: keep it while a clock is paused, and give it to
    /// ``deadline(from:allowance:)`` when the clock resumes. Negative when overdue.
    public func remaining(from start: Timestamp, limit: TimeLimit, at now: Timestamp) -> Allowance {
        var allowance = Allowance(limit)
        allowance.microseconds -= elapsed(from: start, to: now, unit: limit.unit).microseconds
        return allowance
    }

    /// Working microseconds from the table's beginning to a moment, and the local day it lies in.
    private func position(of moment: Timestamp) -> (work: Int64, day: Int) {
        let (days, timeOfDay) = zone.localMicroseconds(moment).floored(dividingBy: microsecondsPerDay)
        let day = Int(days)
        let work = Int64(table.workdays(before: day)) * hours.perDay
        return (table.isWorkday(day) ? work + hours.work(before: timeOfDay) : work, day)
    }

    private func isSettled(from first: Int, through last: Int) -> Bool {
        settledDays.contains { $0.contains(first) && $0.contains(last) }
    }

    private static func settledDays(in coveredYears: Set<Int>) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for year in coveredYears.sorted() {
            let first = CivilDay(year: year, month: 1, day: 1).daysSinceEpoch
            let end =
                coveredYears.contains(year + 1)
                ? CivilDay(year: year + 1, month: 1, day: 1) : CivilDay(year: year, month: 12, day: 25)
            if let last = ranges.last, last.upperBound == first {
                ranges[ranges.count - 1] = last.lowerBound..<end.daysSinceEpoch
            } else {
                ranges.append(first..<end.daysSinceEpoch)
            }
        }
        return ranges
    }
}

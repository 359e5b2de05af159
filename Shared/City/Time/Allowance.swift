/// How much of a limit there is to spend, finer than the limit's own unit: what a clock keeps while it is paused.
public struct Allowance: Hashable, Sendable {
    /// Negative when the limit is overdrawn.
    public var microseconds: Int64
    /// Only working time counts; otherwise all time does.
    public var inWorkingTime: Bool

    public init(microseconds: Int64, inWorkingTime: Bool) {
        self.microseconds = microseconds
        self.inWorkingTime = inWorkingTime
    }

    /// The whole of a limit. A working day is eight working hours, however long this city works.
    public init(_ limit: TimeLimit) {
        self.init(
            microseconds: Int64(limit.amount) * limit.unit.seconds * 1_000_000, inWorkingTime: limit.unit.isWorkingTime)
    }

    /// A part of the allowance, rounded towards zero.
    public func part(percent: Int) -> Allowance {
        Allowance(microseconds: microseconds * Int64(percent) / 100, inWorkingTime: inWorkingTime)
    }
}

extension TimeLimit.Unit {
    /// Counted in working time only, so that a deadline depends on the calendar.
    public var isWorkingTime: Bool { self == .workingHours || self == .workingDays }

    /// Seconds of the counted time one unit stands for.
    public var seconds: Int64 {
        switch self {
        case .minutes: 60
        case .urgentHours, .workingHours: 3_600
        case .workingDays: 8 * 3_600
        case .calendarDays: 24 * 3_600
        }
    }
}

/// When people work on a workday: spans of minutes since local midnight, ascending, without overlap.
public struct WorkingTime: Hashable, Sendable, Codable {
    public struct Span: Hashable, Sendable, Codable {
        /// First minute, 0 … 1439.
        public var from: Int
        /// Minute after the last, 1 … 1440.
        public var to: Int

        public init(from: Int, to: Int) {
            self.from = from
            self.to = to
        }
    }

    public var spans: [Span]
    public init(spans: [Span]) { self.spans = spans }
}

/// A day the State Council's notice names: a day off, or a weekend day worked instead (调休).
public struct Holiday: Hashable, Sendable, Codable {
    public var day: CivilDay
    public var name: String
    public var isDayOff: Bool

    public init(day: CivilDay, name: String, isDayOff: Bool) {
        self.day = day
        self.name = name
        self.isDayOff = isDayOff
    }
}

/// A day of the Gregorian calendar, without time or zone.
public struct CivilDay: Hashable, Comparable, Sendable, Codable {
    public var year: Int
    /// 1 … 12
    public var month: Int
    /// 1 … 31
    public var day: Int

    public init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    public static func < (left: CivilDay, right: CivilDay) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

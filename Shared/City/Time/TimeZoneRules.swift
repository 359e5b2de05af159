/// When a time zone's clocks stood how far from UTC.
///
/// The rules are given, not looked up: a statically linked program may not find the system's zone data, and a zone that
/// silently becomes GMT moves every deadline by hours. Daylight saving time is what the transitions say.
public struct TimeZoneRules: Hashable, Sendable {
    /// From this moment on the zone is `offsetSeconds` ahead of UTC, until the next transition.
    public struct Transition: Hashable, Sendable {
        public var from: Timestamp
        /// East positive, within ± 18 hours.
        public var offsetSeconds: Int

        public init(from: Timestamp, offsetSeconds: Int) {
            self.from = from
            self.offsetSeconds = offsetSeconds
        }
    }

    /// Why rules were refused.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// No transition at all: nothing is known about the zone.
        case empty(zone: String)
        /// Transitions do not ascend in time.
        case notAscending(zone: String, at: Timestamp)
        /// An offset beyond ± 18 hours.
        case offsetOutOfRange(zone: String, offsetSeconds: Int)

        public var description: String {
            switch self {
            case .empty(let zone): "no rules for the time zone \(zone)"
            case .notAscending(let zone, let moment): "the rules of \(zone) do not ascend at \(moment)"
            case .offsetOutOfRange(let zone, let offset): "the rules of \(zone) have an offset of \(offset) s"
            }
        }
    }

    /// IANA name, such as `Asia/Shanghai`.
    public let name: String
    public let transitions: [Transition]

    /// - Parameter transitions: Ascending, at least one. The first offset also holds before the first transition.
    /// - Throws: ``Fault``
    public init(name: String, transitions: [Transition]) throws {
        guard !transitions.isEmpty else { throw Fault.empty(zone: name) }
        for (earlier, later) in zip(transitions, transitions.dropFirst()) where later.from <= earlier.from {
            throw Fault.notAscending(zone: name, at: later.from)
        }
        for transition in transitions where abs(transition.offsetSeconds) > 18 * 3_600 {
            throw Fault.offsetOutOfRange(zone: name, offsetSeconds: transition.offsetSeconds)
        }
        self.name = name
        self.transitions = transitions
    }

    /// Seconds the zone is ahead of UTC at a moment.
    public func offset(at moment: Timestamp) -> Int { transitions[index(at: moment)].offsetSeconds }

    /// What calendar and clock on the wall show.
    public func local(_ moment: Timestamp) -> (day: CivilDay, secondOfDay: Int) {
        let (days, inDay) = localMicroseconds(moment).floored(dividingBy: microsecondsPerDay)
        return (CivilDay(daysSinceEpoch: Int(days)), Int(inDay / 1_000_000))
    }

    /// The day it is at a moment.
    public func day(of moment: Timestamp) -> CivilDay { local(moment).day }

    /// The moment the clock on the wall shows that time.
    ///
    /// Where clocks are set back and show it twice, the earlier moment. Where they are set forward and never show it,
    /// the moment as far after the change as the time is after the beginning of the missing hour.
    ///
    /// - Parameter secondOfDay: 0 … 86,400; the last is midnight at the end of the day.
    public func timestamp(of day: CivilDay, secondOfDay: Int) -> Timestamp {
        timestamp(
            localMicroseconds: Int64(day.daysSinceEpoch) * microsecondsPerDay + Int64(secondOfDay) * 1_000_000)
    }

    /// Microseconds since 1970-01-01T00:00 on the clock on the wall.
    func localMicroseconds(_ moment: Timestamp) -> Int64 {
        moment.microseconds + Int64(offset(at: moment)) * 1_000_000
    }

    /// The inverse of ``localMicroseconds(_:)``; twice and never shown times as ``timestamp(of:secondOfDay:)`` says.
    func timestamp(localMicroseconds local: Int64) -> Timestamp {
        // No offset is larger than a day, so the moment lies in a segment that begins before local + 1 day.
        var segment = index(at: Timestamp(microseconds: local - microsecondsPerDay))
        while true {
            let candidate = Timestamp(microseconds: local - Int64(transitions[segment].offsetSeconds) * 1_000_000)
            // Past its segment's end the time is either in a later segment or, in a gap, in none. In a gap the next
            // segment's candidate lies before that segment: the offset before the change then decides.
            guard segment + 1 < transitions.count, candidate >= transitions[segment + 1].from else { return candidate }
            let next = transitions[segment + 1]
            guard local - Int64(next.offsetSeconds) * 1_000_000 >= next.from.microseconds else { return candidate }
            segment += 1
        }
    }

    /// The segment a moment lies in; the first one for moments before it.
    private func index(at moment: Timestamp) -> Int {
        // Nearly every moment asked for is after the last change.
        if moment >= transitions[transitions.count - 1].from { return transitions.count - 1 }
        var low = 0
        var high = transitions.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle].from <= moment { low = middle } else { high = middle }
        }
        return low
    }
}

/// Microseconds in 24 hours.
let microsecondsPerDay: Int64 = 86_400_000_000

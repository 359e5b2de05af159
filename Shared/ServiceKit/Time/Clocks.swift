public import City
import Dispatch
import FoundationEssentials

/// The two clocks of a process. Rules never read them: whoever calls a rule passes the time in.
public enum Clocks {
    /// Wall-clock time, which may jump.
    public static func now() -> Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }

    /// Nanoseconds since some fixed moment; never runs backwards, so differences are durations.
    public static func monotonicNanoseconds() -> Int64 {
        Int64(clamping: DispatchTime.now().uptimeNanoseconds)
    }
}

extension Duration {
    /// Whole nanoseconds; durations beyond 292 years are cut to that.
    var wholeNanoseconds: Int64 {
        let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : seconds &+ components.attoseconds / 1_000_000_000
    }
}

import Dispatch

/// Time that only moves forward, for time-outs and durations.
enum MonotonicClock {
    /// Nanoseconds since some fixed moment.
    static var nanoseconds: Int64 {
        Int64(DispatchTime.now().uptimeNanoseconds)
    }
}

/// Growing waits between attempts to reach a server, spread so that many clients do not knock at once.
struct Backoff {
    private var nextMilliseconds = 50
    /// The longest wait; short, because the first write is promised soon after the server is back.
    static let longestMilliseconds = 1_000

    /// The wait before the next attempt, in milliseconds.
    mutating func next() -> Int {
        defer { nextMilliseconds = min(nextMilliseconds * 2, Self.longestMilliseconds) }
        return Int.random(in: nextMilliseconds / 2...nextMilliseconds)
    }
}

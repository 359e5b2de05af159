import Synchronization

/// Token buckets by caller, in memory, one process's share.
///
/// The number of buckets is bounded: full ones are forgotten first, which nobody can notice. If all are in use, new
/// callers share one bucket, so that inventing callers gains nothing.
public final class RateLimiter: Sendable {
    private struct State {
        var buckets: [String: TokenBucket] = [:]
        var shared: TokenBucket
    }

    private let capacity: Double
    private let ratePerSecond: Double
    private let maximumCallers: Int
    private let state: Mutex<State>

    /// - Parameters:
    ///   - ratePerSecond: What a caller may do on average.
    ///   - burst: What a caller may do at once.
    public init(ratePerSecond: Double, burst: Double, maximumCallers: Int = 10_000) {
        self.capacity = burst
        self.ratePerSecond = ratePerSecond
        self.maximumCallers = maximumCallers
        state = Mutex(State(shared: TokenBucket(capacity: burst, ratePerSecond: ratePerSecond, now: 0)))
    }

    /// Counts `count` things against the caller.
    ///
    /// - Throws: ``Problem`` 429 with `Retry-After`.
    public func admit(
        _ caller: String, count: Int = 1, now: Int64 = Clocks.monotonicNanoseconds()
    ) throws(Problem) {
        let wait = state.withLock { state -> Double? in
            if state.buckets[caller] == nil {
                if state.buckets.count >= maximumCallers { Self.forgetFullBuckets(&state, now: now) }
                guard state.buckets.count < maximumCallers else {
                    return state.shared.take(Double(count), now: now)
                }
                state.buckets[caller] = TokenBucket(capacity: capacity, ratePerSecond: ratePerSecond, now: now)
            }
            return state.buckets[caller]?.take(Double(count), now: now)
        }
        if let wait { throw Problem(.tooManyRequests).retry(afterSeconds: wait) }
    }

    private static func forgetFullBuckets(_ state: inout State, now: Int64) {
        for (caller, var bucket) in state.buckets where bucket.isFull(now: now) {
            state.buckets[caller] = nil
        }
    }
}

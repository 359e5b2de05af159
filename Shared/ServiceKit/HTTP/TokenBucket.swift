/// Lets through `ratePerSecond` on average and `capacity` at once. Pure: the time is passed in.
public struct TokenBucket: Sendable, Equatable {
    /// Most tokens it holds.
    public let capacity: Double
    /// Tokens that drip in each second.
    public let ratePerSecond: Double
    private var tokens: Double
    private var filledAt: Int64

    /// A full bucket.
    ///
    /// - Parameter now: Monotonic nanoseconds.
    public init(capacity: Double, ratePerSecond: Double, now: Int64) {
        precondition(capacity >= 1 && ratePerSecond > 0, "a bucket lets something through")
        self.capacity = capacity
        self.ratePerSecond = ratePerSecond
        tokens = capacity
        filledAt = now
    }

    /// Takes `count` tokens, or none.
    ///
    /// A count above the capacity is granted when the bucket is full and leaves it in debt, so that a large batch is
    /// slowed down but never impossible.
    ///
    /// - Returns: Nil when granted, else the seconds after which the same request will be.
    public mutating func take(_ count: Double = 1, now: Int64) -> Double? {
        fill(now: now)
        let needed = min(count, capacity)
        guard tokens >= needed else { return (needed - tokens) / ratePerSecond }
        tokens -= count
        return nil
    }

    /// Whether nothing is owed: forgetting the bucket then changes nothing.
    public mutating func isFull(now: Int64) -> Bool {
        fill(now: now)
        return tokens >= capacity
    }

    private mutating func fill(now: Int64) {
        guard now > filledAt else { return }
        tokens = min(capacity, tokens + Double(now - filledAt) / 1_000_000_000 * ratePerSecond)
        filledAt = now
    }
}

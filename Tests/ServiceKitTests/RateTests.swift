import HTTPTypes
import Testing

@testable import ServiceKit

@Suite struct TokenBucketTests {
    static let second: Int64 = 1_000_000_000

    @Test func letsABurstThroughThenTheRate() {
        var bucket = TokenBucket(capacity: 3, ratePerSecond: 2, now: 0)
        #expect((0..<3).allSatisfy { _ in bucket.take(now: 0) == nil })
        #expect(bucket.take(now: 0) == 0.5)
        #expect(bucket.take(now: Self.second / 2) == nil)
        #expect(bucket.take(now: Self.second / 2) == 0.5)
    }

    @Test func neverHoldsMoreThanItsCapacity() {
        var bucket = TokenBucket(capacity: 2, ratePerSecond: 10, now: 0)
        let later = 1_000 * Self.second
        #expect(bucket.take(2, now: later) == nil)
        #expect(bucket.take(now: later) != nil)
    }

    @Test func timeRunningBackwardsGivesNothing() {
        var bucket = TokenBucket(capacity: 1, ratePerSecond: 1, now: 10 * Self.second)
        #expect(bucket.take(now: 10 * Self.second) == nil)
        #expect(bucket.take(now: 0) == 1)
    }

    @Test func aLargeBatchIsSlowedDownNotImpossible() {
        var bucket = TokenBucket(capacity: 10, ratePerSecond: 10, now: 0)
        #expect(bucket.take(100, now: 0) == nil)
        #expect(bucket.take(1, now: 0) == 9.1)
        #expect(bucket.take(1, now: 9_100_000_000) == nil)
    }

    /// Whatever the arrivals, no window lets through more than burst plus rate.
    @Test(arguments: [11, 12, 13] as [UInt64])
    func neverAboveTheRate(seed: UInt64) {
        var state = seed
        var now: Int64 = 0
        var granted = 0
        var bucket = TokenBucket(capacity: 20, ratePerSecond: 50, now: 0)
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            now += Int64(state >> 40) % 10_000_000
            if bucket.take(now: now) == nil { granted += 1 }
        }
        #expect(Double(granted) <= 20 + 50 * Double(now) / Double(Self.second) + 1e-6, "seed \(seed)")
        #expect(Double(granted) >= 0.99 * 50 * Double(now) / Double(Self.second), "seed \(seed)")
    }
}

@Suite struct RateLimiterTests {
    @Test func callersDoNotShare() throws {
        let limiter = RateLimiter(ratePerSecond: 1, burst: 2)
        try limiter.admit("a", count: 2, now: 0)
        try limiter.admit("b", now: 0)
        #expect(throws: Problem.self) { try limiter.admit("a", now: 0) }
        do {
            try limiter.admit("a", count: 2, now: 0)
            Issue.record("admitted")
        } catch {
            #expect(error.kind == .tooManyRequests && error.headers[.retryAfter] == "2")
        }
    }

    @Test func inventingCallersGainsNothing() throws {
        let limiter = RateLimiter(ratePerSecond: 0.001, burst: 1, maximumCallers: 2)
        try limiter.admit("a", now: 1)
        try limiter.admit("b", now: 1)
        var admitted = 0
        for caller in 0..<100 { if (try? limiter.admit("new-\(caller)", now: 1)) != nil { admitted += 1 } }
        #expect(admitted == 1)
        // Long after, the first two owe nothing and are forgotten.
        try limiter.admit("c", now: 4_000_000_000_000)
    }
}

import Synchronization
import Testing

@testable import ServiceKit

@Suite struct HealthTests {
    /// A clock that a test moves.
    final class TestClock: Sendable {
        let nanoseconds = Atomic<Int64>(0)
        func advance(_ duration: Duration) {
            nanoseconds.wrappingAdd(duration.wholeNanoseconds, ordering: .relaxed)
        }
        var now: @Sendable () -> Int64 { { self.nanoseconds.load(ordering: .relaxed) } }
    }

    let clock = TestClock()

    @Test func readyAsksChecksLiveDoesNot() async {
        let health = HealthRegistry(now: clock.now)
        health.register("postgres") { .failing(reason: "connection refused") }
        health.register("kafka") { .ok }
        #expect(health.live().isOK)
        let report = await health.ready()
        #expect(!report.isOK)
        #expect(
            String(decoding: report.json(), as: UTF8.self)
                == #"{"status":"failing","checks":[{"name":"postgres","status":"failing","reason":"connection refused"},{"name":"kafka","status":"ok"}]}"#
        )
    }

    @Test func aSilentHeartbeatIsDeath() async {
        let health = HealthRegistry(reuse: .zero, now: clock.now)
        let heartbeat = health.heartbeat("lane", maximumAge: .seconds(30))
        clock.advance(.seconds(30))
        #expect(health.live().isOK)
        clock.advance(.seconds(1))
        #expect(health.live().entries == [.init(name: "lane", status: .failing(reason: "no progress for 31 s"))])
        #expect(await health.ready().isOK == false)
        heartbeat.beat()
        #expect(health.live().isOK)
        clock.advance(.seconds(60))
        health.remove(heartbeat)
        #expect(health.live().isOK)
    }

    @Test func shutdownIsUnreadyButAlive() async {
        let health = HealthRegistry(now: clock.now)
        #expect(await health.ready().isOK)
        health.beginShutdown()
        #expect(await health.ready().isOK == false)
        #expect(health.live().isOK)
    }

    @Test func aHungCheckIsNotWaitedFor() async {
        let health = HealthRegistry(checkTimeout: .milliseconds(20), now: clock.now)
        let release = AsyncStream.makeStream(of: Void.self)
        health.register("hung") {
            // Ignores its cancellation, as a blocked driver would.
            await Task.detached { for await _ in release.stream {} }.value
            return .ok
        }
        #expect(
            await health.ready().entries == [.init(name: "hung", status: .failing(reason: "no answer within 20ms"))])
        release.continuation.finish()
    }

    @Test func youngReportsAreReused() async {
        let health = HealthRegistry(reuse: .milliseconds(500), now: clock.now)
        let asked = Mutex(0)
        health.register("postgres") {
            asked.withLock { $0 += 1 }
            return .ok
        }
        _ = await health.ready()
        _ = await health.ready()
        #expect(asked.withLock { $0 } == 1)
        clock.advance(.milliseconds(500))
        _ = await health.ready()
        #expect(asked.withLock { $0 } == 2)
    }
}

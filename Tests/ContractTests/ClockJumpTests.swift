import City
import Dispatch
import EventLog
import Foundation
import Messages
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import EventLog

/// What lanes do while the database's clock is wrong.
@Suite(.serialized)
struct ClockJumpTests {
    private static let clock = Result {
        try PreloadedLibrary.clock(file: NSTemporaryDirectory() + "wangge-contract-\(getpid()).clock")
    }
    private static var reason: Comment {
        switch clock {
        case .success: "a clock can be shifted"
        case .failure(let error): "no clock can be shifted here: \(error)"
        }
    }

    @Test(
        "nothing fires by a clock that jumped, nor by what was stamped with it",
        .enabled(if: (try? clock.get()) != nil, reason),
        arguments: [(LogKind.postgres, Int64(-7_200)), (.kafka, 86_400)])
    func jump(kind: LogKind, seconds: Int64) async throws {
        let clock = try Self.clock.get()
        let log = try await LogUnderTest(kind, partitions: 1, server: PrivatePostgres(preloading: [clock]))
        let ticks = Mutex<[(told: Timestamp, now: Timestamp)]>([])
        var limits = LaneLimits()
        limits.batch = 5
        let process = log.process("watcher", limits: limits)
        process.consume(log.input) { _ in
            TickingHandler(every: 1, from: .wall) { tick in ticks.withLock { $0.append((tick.now, .wall)) } }
        }
        func expectTicking(_ what: String) async throws {
            let before = ticks.withLock { $0.count }
            try await eventually(what) { ticks.withLock { $0.count } > before + 1 }
        }
        try process.start()
        try await expectTicking("time goes by")

        try clock.shift(seconds: seconds)
        defer { try? clock.shift(seconds: 0) }
        try await eventually("the jump is noticed") { process.problems.contains { $0.contains("clock differ") } }
        // Nor is the new time believed by who connects to the server anew.
        _ = try log.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'wangge' AND pid <> pg_backend_pid()
            """, Bool.self)
        try await eventually("lanes are taken anew") { !process.problems.contains { $0.contains("clock differ") } }
        try await eventually("the jump is still known") { process.problems.contains { $0.contains("clock differ") } }

        try clock.shift(seconds: 0)
        // Stamped by a service while the clock was wrong, and read only now.
        try log.publish((0..<400).map { log.message("a", $0, time: Timestamp.wall.advanced(bySeconds: seconds)) })
        try await expectTicking("time goes by again")
        try await eventually("all is well again") { process.problems.isEmpty }
        try await eventually("all is read") { ticks.withLock { $0.count } > 0 && process.lanes.allSatisfy(\.caughtUp) }
        await process.stop()
        for tick in ticks.withLock({ $0 }) {
            #expect(tick.told <= tick.now, "a tick at \(tick.told.rfc3339), which is not yet at \(tick.now.rfc3339)")
        }
    }

    @Test("a first batch that takes longer than clocks may part is no jump", arguments: LogKind.allCases)
    func slowStart(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind, partitions: 1)
        let ticks = Atomic(0)
        var limits = LaneLimits()
        limits.clockDriftSeconds = 0.5
        try log.publish([log.message("a", 0)])
        let process = log.process("watcher", limits: limits)
        process.consume(log.input) { _ in
            TickingHandler(every: 1, from: .wall, workingSeconds: 2) { _ in ticks.add(1, ordering: .relaxed) }
        }
        try process.start()
        try await eventually("time goes by") { ticks.load(ordering: .relaxed) > 1 }
        #expect(process.problems.isEmpty)
        await process.stop()
    }
}

extension Timestamp {
    /// The true time.
    fileprivate static var wall: Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
    }
}

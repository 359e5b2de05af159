import City
import EventLog
import Foundation
import Messages
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import EventLog

/// What both logs promise while something is away, and about time.
@Suite(.serialized)
struct OutageTests {
    @Test("who takes a lane over ends the former owner's session, and has what that had locked")
    func frozenOwner() async throws {
        let log = try await LogUnderTest(.postgres)
        func claim(_ member: Int64, _ session: PostgresSession) throws -> ClaimedLane {
            try session.transaction {
                try LaneStore.claim(
                    service: "reader", input: log.input.name, partition: 0, member: member, firstOffset: 0, in: $0)
            }
        }
        let (frozen, heir) = (try log.session(), try log.session())
        defer { heir.close() }
        #expect(try claim(-1, frozen).epoch == 1)
        // Stands still in the midst of a transaction, as a process does that was stopped while it was sending.
        #expect(throws: (any Error).self) {
            try frozen.transaction { transaction in
                try transaction.execute("UPDATE eventlog.lane SET late_start = late_start WHERE service = 'reader'")
                #expect(try claim(-2, heir).epoch == 2)
            }
        }
        #expect(!frozen.isUsable)
        // Nobody ends a session of his own, nor one that let go.
        #expect(try claim(-2, heir).epoch == 3)
        try LaneStore.release(try claim(-2, heir), session: heir)
        let next = try log.session()
        defer { next.close() }
        #expect(try claim(-3, next).epoch == 5)
        #expect(try heir.query("SELECT 1").decode(Int32.self) == [1])
    }

    @Test("while the database is away nothing is set aside, and then all goes on", arguments: LogKind.allCases)
    func databaseAway(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind, ownServer: true)
        let process = log.process("reader")
        process.consume(log.input) { _ in EffectHandler() }
        try process.start()
        try log.publish((0..<300).map { log.message("key-\($0 % 5)", $0) })
        try await eventually("the first effects") { try !log.effects().isEmpty }
        try log.server.restart(immediate: true)
        try await eventually("connected again") { try log.session().isUsable }
        try log.publish((300..<600).map { log.message("key-\($0 % 5)", $0) })
        try await eventually("all effects", seconds: 60) {
            try log.effects().values.map(\.count).reduce(0, +) >= 600
        }
        try await eventually("ready again") { process.problems.isEmpty }
        await process.stop()
        let effects = try log.effects()
        for key in 0..<5 { #expect(effects["key-\(key)"] == stride(from: Int64(key), to: 600, by: 5).map { $0 }) }
        #expect(try log.query("SELECT count(*) FROM eventlog.dead_letter", Int64.self) == [0])
    }

    @Test("a process that lives has not died of a message, however often that failed", arguments: LogKind.allCases)
    func failsForAWhile(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        var limits = LaneLimits()
        limits.carefulAfterClaims = 1
        limits.pauseMilliseconds = 50
        let failures = Mutex(0)
        let process = log.process("reader", limits: limits)
        process.consume(log.input) { _ in
            EffectHandler { _, _ in
                let isOver = failures.withLock { failures in
                    failures += 1
                    return failures > 12
                }
                if !isOver { throw LaneError(.unavailable, "the disk is full") }
            }
        }
        try process.start()
        try log.publish((0..<4).map { log.message("a", $0) })
        try await eventually("all effects") { try log.effects()["a"] == [0, 1, 2, 3] }
        await process.stop()
        #expect(try log.query("SELECT count(*) FROM eventlog.dead_letter", Int64.self) == [0])
    }

    @Test(
        "while the broker is away requests are answered, and afterwards their messages arrive",
        .enabled(if: ProcessEnvironment.kafka == nil, "a real broker cannot be taken away by a test"))
    func brokerAway() async throws {
        let log = try await LogUnderTest(.kafka)
        let process = log.process("service")
        process.consume(log.input) { _ in EffectHandler() }
        let lane = process.requests { [input = log.input] _ in EchoHandler(topic: input) }
        try process.start()
        try await eventually("ready") { process.problems.isEmpty }
        log.mock?.brokerDown()
        #expect(try await lane.submit(1) == 1)
        log.mock?.brokerUp()
        try await eventually("the message arrives", seconds: 60) { try log.effects()["echo"] == [1] }
        #expect(try await lane.submit(2) == 2)
        try await eventually("the next one too") { try log.effects()["echo"] == [1, 2] }
        await process.stop()
    }

    @Test("time never runs ahead of messages that wait", arguments: LogKind.allCases)
    func timeNeverAhead(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind, partitions: 1)
        // An hour's worth of messages from long ago waits for a service that was down.
        let start = Timestamp(seconds: 1_700_000_000)
        try log.publish((0..<60).map { log.message("a", $0, time: start.advanced(bySeconds: $0 * 60)) })
        var limits = LaneLimits()
        limits.batch = 5
        let ticks = Mutex<[TickingHandler.Tick]>([])
        let process = log.process("reader", limits: limits)
        process.consume(log.input) { _ in
            TickingHandler(every: 30, from: start) { tick in ticks.withLock { $0.append(tick) } }
        }
        try process.start()
        try await eventually("caught up") { ticks.withLock { $0.last?.lastValue } == 59 }
        await process.stop()
        for tick in ticks.withLock({ $0 }) where tick.lastValue < 54 {
            // What was known then: nothing later than the last message read.
            #expect(tick.now <= start.advanced(bySeconds: tick.lastValue * 60))
        }
        #expect(ticks.withLock { $0.contains { $0.lastValue < 54 } })
    }

    @Test("a suite refuses the other log", arguments: LogKind.allCases)
    func otherLog(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let session = try log.session()
        defer { session.close() }
        try Suite.check(kind: kind, session: session)
        let other: LogKind = kind == .kafka ? .postgres : .kafka
        #expect(throws: LaneError.self) { try Suite.check(kind: other, session: session) }
    }
}

/// Ticks at fixed distances and tells what it knew then.
final class TickingHandler: LaneHandler {
    struct Tick: Sendable {
        var now: Timestamp
        var lastValue: Int64
    }

    private let seconds: Int64
    private var due: Timestamp
    private var lastValue: Int64 = -1
    /// For how long the handler works on a batch.
    private let workingSeconds: Double
    private let tell: @Sendable (Tick) -> Void

    init(
        every seconds: Int64, from start: Timestamp, workingSeconds: Double = 0,
        tell: @escaping @Sendable (Tick) -> Void
    ) {
        self.seconds = seconds
        due = start
        self.workingSeconds = workingSeconds
        self.tell = tell
    }

    var nextTick: Timestamp? { due }

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        Thread.sleep(forTimeInterval: workingSeconds)
        lastValue = try messages.last?.decode(Numbered.self).value ?? lastValue
    }

    func tick(now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput) throws {
        tell(Tick(now: now, lastValue: lastValue))
        due = now.advanced(bySeconds: seconds)
    }
}

/// What the log in PostgreSQL forgets.
@Suite
struct RetentionTests {
    @Test("what all lanes have passed goes; what one still needs stays, however old")
    func retention() async throws {
        let log = try await LogUnderTest(.postgres, partitions: 1)
        for value in Int64(0)..<6 { try log.publish([log.message("a", value)]) }
        let session = try log.session()
        defer { session.close() }
        var retention = LogRetention()
        retention.hours = 1
        // Two lanes: one has read all, the other half of it.
        for (service, position) in [("fast", Int64(6)), ("slow", 3)] {
            try session.execute(
                """
                INSERT INTO eventlog.lane (service, input, partition, next_offset)
                VALUES (\(service), \(log.input.name), 0, \(position))
                """)
        }
        #expect(try retention.apply(session: session) == 0, "young messages stay")
        try session.execute("UPDATE eventlog.record_batch SET appended_at = now() - interval '2 hours'")
        #expect(try retention.apply(session: session) == 3)
        let left: [Int64] = try log.query("SELECT base_offset FROM eventlog.record_batch ORDER BY 1")
        #expect(left == [3, 4, 5])
        let first: [Int64] = try log.query(
            """
            SELECT first_offset FROM eventlog.partition p JOIN eventlog.topic t ON t.id = p.topic
            WHERE t.name = \(log.input.name)
            """)
        #expect(first == [3])
    }
}

import City
import Messages
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import EventLog

/// What both logs promise to whoever writes by request.
@Suite(.serialized)
struct RequestTests {
    /// A process that answers requests, once it is ready.
    ///
    /// - Parameter makeHandler: is given the topic to publish to.
    private static func service<Handler: RequestHandler>(
        over log: LogUnderTest, makeHandler: @escaping @Sendable (Topic) -> Handler
    ) async throws -> (EventLog, RequestLane<Handler>) {
        let process = log.process("service")
        let lane = process.requests { [input = log.input] _ in makeHandler(input) }
        try process.start()
        try await eventually("ready") { process.problems.isEmpty }
        return (process, lane)
    }

    @Test("requests that wait together share a transaction and are answered after it", arguments: LogKind.allCases)
    func groupCommit(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let (process, lane) = try await Self.service(over: log) { EchoHandler(topic: $0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for value in 0..<400 {
                group.addTask {
                    #expect(try await lane.submit(Int64(value)) == Int64(value))
                    // Whoever was answered finds the effect at once.
                    let found: [Int64] = try log.query(
                        "SELECT count(*) FROM test.request WHERE value = \(Int64(value))")
                    #expect(found == [1])
                }
            }
            try await group.waitForAll()
        }
        let transactions: [Int64] = try log.query("SELECT count(DISTINCT transaction) FROM test.request")
        #expect(transactions[0] < 400)
        await process.stop()
    }

    @Test("a request that fails is answered alone", arguments: LogKind.allCases)
    func requestFails(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let (process, lane) = try await Self.service(over: log) { EchoHandler(topic: $0) }
        let answers = await withTaskGroup(of: (Int64, Bool).self) { group in
            for value in Int64(-3)..<30 {
                group.addTask { (value, (try? await lane.submit(value)) == value) }
            }
            return await group.reduce(into: [Int64: Bool]()) { $0[$1.0] = $1.1 }
        }
        await process.stop()
        // Negative values break a constraint of the table: their transactions fail, the others' do not.
        for (value, answered) in answers { #expect(answered == (value >= 0), "\(value)") }
        #expect(try log.query("SELECT count(*) FROM test.request", Int64.self) == [30])
    }

    @Test("a process that starts adopts the slot of a dead one", arguments: LogKind.allCases)
    func adoption(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let reader = log.process("reader")
        reader.consume(log.input) { _ in EffectHandler() }
        try reader.start()
        try log.commitOnly([log.message("a", 1)], service: "service")
        let (process, lane) = try await Self.service(over: log) { EchoHandler(topic: $0) }
        #expect(try await lane.submit(7) == 7)
        try await eventually("both arrive") {
            let effects = try log.effects()
            return effects["a"] == [1] && effects["echo"] == [7]
        }
        await process.stop()
        await reader.stop()
        // One slot served both: nothing of the dead process is left behind.
        let slots: [Int64] = try log.query(
            "SELECT count(*) FROM eventlog.lane WHERE service = 'service' AND input = 'http'")
        #expect(slots == [1])
    }

    @Test("what was sent again is answered as it was, though all is taken for new", arguments: LogKind.allCases)
    func sentAgain(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let handled = Mutex<[Bool]>([])
        let (process, lane) = try await Self.service(over: log) { topic in
            OnceHandler(topic: topic, onHandled: { trusted in handled.withLock { $0.append(trusted) } })
        }
        for value in Int64(0)..<20 { #expect(try await lane.submit(value) == .new) }
        for value in Int64(0)..<40 {
            #expect(try await lane.submit(value) == (value < 20 ? .known : .new))
        }
        let trust = handled.withLock { $0 }
        #expect(trust.prefix(20).count { $0 } >= 18, "what is new is taken for new")
        // The first that was known is handled twice; those behind it are doubted, and soon nobody is any more.
        #expect(trust.count > 60 && trust.count < 70, "not all of what is known is handled twice: \(trust)")
        #expect(trust.dropFirst(20).prefix(20).count { !$0 } >= 15, "what follows is doubted")
        #expect(trust.suffix(2).allSatisfy { $0 }, "what is new is taken for new again")
        await process.stop()
        #expect(try log.query("SELECT value FROM test.once ORDER BY value", Int64.self) == Array(0..<40))
    }

    @Test("a step that does not ask for the time is fenced like any other", arguments: LogKind.allCases)
    func fencedWithoutAsking(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let session = try log.session()
        defer { session.close() }
        let writer = try log.writer("service", session: session)
        func commit(_ value: Int64, assumingTime: Bool) throws -> SuiteTime? {
            try writer.commit(
                firstOffset: 0, nextOffset: 0, assumingTime: assumingTime, session: session
            ) { _, _, output in output.publish([log.message("a", value)]) }.time
        }
        #expect(try commit(1, assumingTime: true) != nil, "nobody has told the time yet")
        let stored: SQL = "SELECT (SELECT count(*) FROM eventlog.record_batch) + (SELECT count(*) FROM eventlog.outbox)"
        try await eventually("a time is assumed") { try commit(2, assumingTime: true) == nil }
        let before = try log.query(stored, Int64.self)
        _ = try log.writer("service", session: session)
        var failure: (any Error)?
        do { _ = try commit(3, assumingTime: true) } catch { failure = error }
        #expect(failure.map { FailureVerdict($0) } == .stop(.fenced))
        #expect(try log.query(stored, Int64.self) == before)
    }

    @Test("a time that was assumed wrongly is refused, and so is any while the past is replayed")
    func assumedTime() async throws {
        let log = try await LogUnderTest(.postgres)
        let session = try log.session()
        defer { session.close() }
        let lane = try log.writer("service", session: session).lane
        func advance(assumed: Timestamp?) throws -> String? {
            do {
                try session.transaction {
                    _ = try LaneStore.advance(lane, from: 0, to: 0, assumed: assumed, in: $0)
                }
                return nil
            } catch {
                return error.postgresError?.sqlState
            }
        }
        let now = Timestamp(microseconds: try Suite.now(session: session).microseconds)
        // Far enough from a second for a machine that is slow meanwhile.
        for (seconds, refusal) in [(Int64(0), nil), (60, LogState.wrongTime), (-60, LogState.wrongTime)] {
            #expect(try advance(assumed: now.advanced(bySeconds: seconds)) == refusal, "\(seconds) s")
        }
        try Suite.setReplayClock(microseconds: now.microseconds, session: session)
        #expect(try advance(assumed: now) == LogState.wrongTime)
        #expect(try advance(assumed: nil) == nil)
    }

    @Test("a request has the suite's time, also just after a replay began", arguments: LogKind.allCases)
    func replayTime(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let times = Mutex<[Timestamp]>([])
        let (process, lane) = try await Self.service(over: log) { topic in
            OnceHandler(topic: topic, onTime: { now in times.withLock { $0.append(now) } })
        }
        let session = try log.session()
        defer { session.close() }
        // One look at the clock, and then mostly times that are assumed.
        for value in Int64(0)..<10 { _ = try await lane.submit(value) }
        let wall = Timestamp(microseconds: try Suite.now(session: session).microseconds)
        for (earlier, later) in zip(times.withLock { $0 }, times.withLock { $0 }.dropFirst()) {
            #expect(earlier < later)
        }
        let last = try #require(times.withLock { $0.last })
        #expect(last <= wall && wall.seconds(since: last) < 5)
        let past = Timestamp(seconds: 1_700_000_000)
        try Suite.setReplayClock(microseconds: past.microseconds, session: session)
        _ = try await lane.submit(10)
        #expect(times.withLock { $0.last } == past)
        try Suite.setReplayClock(microseconds: nil, session: session)
        _ = try await lane.submit(11)
        #expect(try #require(times.withLock { $0.last }) >= wall)
        await process.stop()
    }
}

/// Writes each request's value and publishes it under the key `echo`.
final class EchoHandler: RequestHandler {
    private let topic: Topic
    private var isPrepared = false

    init(topic: Topic) { self.topic = topic }

    func handle(
        _ requests: [Int64], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws -> [Result<Int64, any Error>] {
        if !isPrepared {
            try transaction.execute(
                """
                CREATE TABLE IF NOT EXISTS test.request (
                    value bigint PRIMARY KEY CHECK (value >= 0), transaction xid8 DEFAULT pg_current_xact_id())
                """)
            isPrepared = true
        }
        try transaction.enqueue("INSERT INTO test.request (value) SELECT * FROM unnest(\(requests))")
        for value in requests {
            output.publish(OutgoingMessage(Numbered(value: value), on: topic, key: "echo", subject: "echo", time: now))
        }
        return requests.map { .success($0) }
    }
}

/// Writes each value once, and says whether it was there before.
private final class OnceHandler: RequestHandler {
    enum Answer { case new, known }

    var takesAllForNew = false
    private let topic: Topic
    private let onHandled: @Sendable (Bool) -> Void
    private let onTime: @Sendable (Timestamp) -> Void
    private var isPrepared = false

    init(
        topic: Topic, onTime: @escaping @Sendable (Timestamp) -> Void = { _ in },
        onHandled: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        (self.topic, self.onTime, self.onHandled) = (topic, onTime, onHandled)
    }

    func handle(
        _ requests: [Int64], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws -> [Result<Answer, any Error>] {
        if !isPrepared {
            try transaction.enqueue("CREATE TABLE IF NOT EXISTS test.once (value bigint PRIMARY KEY)")
            isPrepared = true
        }
        onHandled(takesAllForNew)
        onTime(now)
        let insert: SQL =
            "INSERT INTO test.once SELECT * FROM unnest(\(requests)) ON CONFLICT DO NOTHING RETURNING value"
        var stored = Set(requests)
        if takesAllForNew {
            try transaction.enqueueAllOrFail(insert, rows: requests.count)
        } else {
            stored = Set(try transaction.query(insert).decode(Int64.self))
        }
        for value in stored.sorted() {
            output.publish(OutgoingMessage(Numbered(value: value), on: topic, key: "once", subject: "once", time: now))
        }
        return requests.map { .success(stored.contains($0) ? .new : .known) }
    }
}

import City
import EventLog
import Messages
import Postgres
import Synchronization
import Testing

@testable import EventLog

/// What both logs promise about messages that cannot be handled.
@Suite(.serialized)
struct PoisonTests {
    @Test(
        "a message that cannot be decoded is set aside, and later ones of its subject wait", arguments: LogKind.allCases
    )
    func undecodable(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let poison = OutgoingMessage(
            topic: log.input, key: "a", subject: "a", type: Numbered.type, time: Timestamp(seconds: 0),
            payload: Array("{\"value\":\"not a number\"}".utf8))
        try log.publish([log.message("a", 1), poison, log.message("a", 2), log.message("b", 1)])
        try log.publish([log.message("a", 3), log.message("b", 2)])
        let process = log.process("reader")
        process.consume(log.input) { _ in EffectHandler() }
        try process.start()
        try await eventually("the rest goes on") { try log.effects()["b"] == [1, 2] }
        try await eventually("three set aside") {
            try log.query("SELECT count(*) FROM eventlog.dead_letter", Int64.self) == [3]
        }
        await process.stop()
        #expect(try log.effects()["a"] == [1])
        #expect(
            try log.query("SELECT parked FROM eventlog.dead_letter ORDER BY log_offset", Bool.self) == [
                false, true, true,
            ])
        let reasons = try log.query("SELECT reason FROM eventlog.dead_letter ORDER BY log_offset", String.self)
        #expect(reasons.first == "value has the wrong type")
    }

    @Test("a replay handles what was set aside, in order, and then new messages", arguments: LogKind.allCases)
    func replay(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let refuses = Mutex(true)
        let process = log.process("reader")
        process.consume(log.input) { _ in
            EffectHandler { message, value in
                if message.key == "a", value == 2, refuses.withLock({ $0 }) {
                    throw MessageRejected(offset: message.offset, reason: "not yet")
                }
            }
        }
        try process.start()
        try log.publish((1...4).map { log.message("a", $0) })
        try await eventually("set aside") {
            try log.query("SELECT count(*) FROM eventlog.dead_letter", Int64.self) == [3]
        }
        #expect(try log.effects()["a"] == [1])
        refuses.withLock { $0 = false }
        let session = try log.session()
        try session.execute("UPDATE eventlog.dead_letter SET replay_requested_at = now() WHERE NOT parked")
        session.close()
        try await eventually("replayed") { try log.effects()["a"] == [1, 2, 3, 4] }
        try log.publish([log.message("a", 5)])
        try await eventually("goes on") { try log.effects()["a"] == [1, 2, 3, 4, 5] }
        await process.stop()
    }

    @Test("a replay that fails for one subject handles the others", arguments: LogKind.allCases)
    func replayInPart(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind, partitions: 1)
        let refused = Mutex<Set<String>>(["a", "b"])
        let process = log.process("reader")
        process.consume(log.input) { _ in
            EffectHandler { message, value in
                if value == 2, refused.withLock({ $0.contains(message.key) }) {
                    throw MessageRejected(offset: message.offset, reason: "not yet")
                }
            }
        }
        try process.start()
        try log.publish((1...3).flatMap { [log.message("a", $0), log.message("b", $0)] })
        try await eventually("set aside") {
            try log.query("SELECT count(*) FROM eventlog.dead_letter", Int64.self) == [4]
        }
        refused.withLock { $0 = ["a"] }
        let session = try log.session()
        try session.execute("UPDATE eventlog.dead_letter SET replay_requested_at = now() WHERE NOT parked")
        session.close()
        try await eventually("replayed") { try log.effects()["b"] == [1, 2, 3] }
        try await eventually("the other's request is taken back") {
            try log.query(
                "SELECT count(*) FROM eventlog.dead_letter WHERE replay_requested_at IS NOT NULL AND replayed_at IS NULL",
                Int64.self) == [0]
        }
        #expect(try log.effects()["a"] == [1])
        await process.stop()
    }

    @Test("the one message that fails a batch is found by halving", arguments: LogKind.allCases)
    func bisected(kind: LogKind) async throws {
        struct Failure: Error {}
        let log = try await LogUnderTest(kind, partitions: 1)
        try log.publish((0..<100).map { log.message("key-\($0)", $0) })
        let process = log.process("reader")
        process.consume(log.input) { _ in EffectHandler { _, value in if value == 61 { throw Failure() } } }
        try process.start()
        try await eventually("the others took effect") { try log.effects().count == 99 }
        await process.stop()
        #expect(try log.effects().values.flatMap { $0 }.sorted() == (0..<100).filter { $0 != 61 })
        #expect(try log.query("SELECT subject FROM eventlog.dead_letter", String.self) == ["key-61"])
    }

    @Test("a constraint of the database sets one message aside", arguments: LogKind.allCases)
    func constraint(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind, partitions: 1)
        let session = try log.session()
        try session.executeScript("ALTER TABLE test.effect ADD CHECK (value <> 13)")
        session.close()
        try log.publish((0..<20).map { log.message("key-\($0)", $0) })
        let process = log.process("reader")
        process.consume(log.input) { _ in EffectHandler() }
        try process.start()
        try await eventually("the others took effect") { try log.effects().count == 19 }
        await process.stop()
        #expect(
            try log.query("SELECT reason FROM eventlog.dead_letter", String.self)
                == ["the database refused it: SQLSTATE 23514"])
    }

    @Test("a message its process died of three times is set aside unseen", arguments: LogKind.allCases)
    func killer(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind, partitions: 1)
        try log.publish((0..<3).map { log.message("key-\($0)", $0) })
        // As three owners leave a lane who died of its first message.
        let session = try log.session()
        let lane = try session.transaction {
            try LaneStore.claim(
                service: "reader", input: log.input.name, partition: 0, member: -1, firstOffset: 0, in: $0)
        }
        for _ in 0..<3 { _ = try LaneStore.noteAttempt(lane, offset: 0, again: false, session: session) }
        try session.execute("UPDATE eventlog.lane SET claims = 3 WHERE service = 'reader'")
        session.close()
        let seen = Mutex<[Int64]>([])
        let process = log.process("reader")
        process.consume(log.input) { _ in EffectHandler { _, value in seen.withLock { $0.append(value) } } }
        try process.start()
        try await eventually("the others took effect") { try log.effects().count == 2 }
        await process.stop()
        #expect(seen.withLock { $0 } == [1, 2])
        #expect(try log.query("SELECT subject FROM eventlog.dead_letter", String.self) == ["key-0"])
    }

    @Test("a dead letter is published with its payload untouched and the reason beside it", arguments: LogKind.allCases)
    func deadTopic(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let payload = Array("{ \"value\" : null }".utf8)
        try log.publish([
            OutgoingMessage(
                topic: log.input, key: "a", subject: "a", type: Numbered.type, time: Timestamp(seconds: 0),
                payload: payload)
        ])
        let received = Mutex<[Message]>([])
        let process = log.process("reader")
        process.consume(log.input) { _ in EffectHandler() }
        process.consume(log.input.dead) { _ in
            CollectingHandler { message in received.withLock { $0.append(message) } }
        }
        try process.start()
        try await eventually("the dead letter arrives") { received.withLock { $0.count } == 1 }
        await process.stop()
        let dead = try #require(received.withLock { $0.first })
        #expect(dead.payload == payload)
        #expect(dead.type == Numbered.type)
        #expect(dead.attributes["deadreason"] == "value has the wrong type")
        #expect(dead.attributes["deadtopic"] == log.input.name)
    }
}

/// Hands each message to a test.
final class CollectingHandler: LaneHandler {
    private let collect: @Sendable (Message) -> Void

    init(_ collect: @escaping @Sendable (Message) -> Void) { self.collect = collect }

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws { messages.forEach(collect) }
}

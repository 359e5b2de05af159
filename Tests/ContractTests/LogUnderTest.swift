import City
import Dispatch
import EventLog
import Foundation
import Kafka
import Logging
import Messages
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import EventLog

/// A suite of its own for one test: a database, the log's tables, topics, and on Kafka a broker.
///
/// The broker is librdkafka's mock cluster over TCP, or the one `KAFKA_BOOTSTRAP_SERVERS` names.
final class LogUnderTest: Sendable {
    let kind: LogKind
    let server: PrivatePostgres
    let postgres: PostgresSettings
    let mock: MockKafka?
    let kafka: KafkaSettings?
    /// Topics have names of their own at a real broker, where other runs have left theirs.
    let input: Topic
    let output: Topic
    let partitions: Int
    static let logger = Logger(label: "contract") { _ in SwiftLogNoOpLogHandler() }

    convenience init(_ kind: LogKind, partitions: Int = 2, ownServer: Bool = false) async throws {
        try await self.init(
            kind, partitions: partitions, server: ownServer ? PrivatePostgres() : PrivatePostgres.shared())
    }

    init(_ kind: LogKind, partitions: Int = 2, server: PrivatePostgres) async throws {
        self.kind = kind
        self.partitions = partitions
        self.server = server
        postgres = try PostgresSettings(url: server.createDatabase())
        let suffix = ProcessEnvironment.kafka == nil ? "" : "-\(UInt32.random(in: 0...(.max)))"
        input = Topic(name: "input\(suffix)")
        output = Topic(name: "output\(suffix)")
        let names = [input, input.dead, output, output.dead]
        let session = try PostgresSession(postgres, logger: LogUnderTest.logger)
        defer { session.close() }
        _ = try Suite.migrator.migrate(session)
        try session.executeScript(
            """
            CREATE SCHEMA test;
            CREATE TABLE test.effect (
                id bigint GENERATED ALWAYS AS IDENTITY, key text NOT NULL, value bigint NOT NULL,
                transaction xid8 NOT NULL DEFAULT pg_current_xact_id());
            """)
        try Suite.ensureTopics(names, partitions: partitions, session: session)
        switch kind {
        case .postgres: (mock, kafka) = (nil, nil)
        case .kafka:
            if let brokers = try ProcessEnvironment.brokers() {
                mock = nil
                kafka = brokers
            } else {
                let cluster = MockKafka(
                    topics: Dictionary(
                        uniqueKeysWithValues: names.map { ($0.name, $0.name.hasSuffix(".dead") ? 1 : partitions) }))
                mock = cluster
                kafka = KafkaSettings(
                    bootstrapServers: cluster.bootstrapServers, clientID: "contract", extra: MockKafka.clientProperties)
            }
        }
        if let kafka {
            try Suite.ensureKafkaTopics(
                try Suite.topicPartitions(session: session), kafka: kafka, logger: LogUnderTest.logger)
        }
    }

    /// A process of a service; several of one name share its lanes.
    func process(_ service: String, limits: LaneLimits = LaneLimits()) -> EventLog {
        var settings = EventLog.Settings(service: service, kind: kind, postgres: postgres, kafka: kafka)
        settings.limits = limits
        return EventLog(settings, logger: LogUnderTest.logger)
    }

    func session() throws -> PostgresSession { try PostgresSession(postgres, logger: LogUnderTest.logger) }

    func query<Value: PostgresDecodable>(_ sql: SQL, _ type: Value.Type = Value.self) throws -> [Value] {
        let session = try session()
        defer { session.close() }
        return try session.query(sql).decode(Value.self)
    }

    /// Values in the order in which they took effect, by key.
    func effects() throws -> [String: [Int64]] {
        let session = try session()
        defer { session.close() }
        let rows = try session.query("SELECT key, value FROM test.effect ORDER BY id")
        var found: [String: [Int64]] = [:]
        for (key, value) in try rows.decode((String, Int64).self) { found[key, default: []].append(value) }
        return found
    }

    /// Publishes as a lane of a service called `publisher` would that is not running otherwise.
    func publish(_ messages: [OutgoingMessage], times: Int = 1) throws {
        let session = try session()
        defer { session.close() }
        let writer = try writer("publisher", session: session)
        let committed = try commit(messages, writer: writer, session: session)
        for _ in 1..<max(times, 1) {
            switch kind {
            case .postgres:
                // The same frames once more: what a late acknowledgement does at a broker.
                try session.transaction {
                    try sink().store(committed, lane: Int32(writer.lane.identity.id), in: $0)
                }
            case .kafka:
                try sink().publish(committed, lane: Int32(writer.lane.identity.id), session: session)
            }
        }
        try writer.publish(committed, session: session)
    }

    /// Commits messages and publishes nothing: as a process that died right after the commit.
    func commitOnly(_ messages: [OutgoingMessage], service: String = "publisher") throws {
        let session = try session()
        defer { session.close() }
        _ = try commit(messages, writer: try writer(service, session: session), session: session)
    }

    func writer(_ service: String, session: PostgresSession) throws -> LaneWriter {
        let lane = try session.transaction {
            try LaneStore.claim(
                service: service, input: LaneIdentity.httpInput, partition: 0, member: -1, firstOffset: 0, in: $0)
        }
        return LaneWriter(lane: lane, sink: try sink())
    }

    func commit(
        _ messages: [OutgoingMessage], writer: LaneWriter, session: PostgresSession
    ) throws -> [LogFrame] {
        try writer.commit(firstOffset: 0, nextOffset: 0, session: session) { _, _, output in
            output.publish(messages)
        }.frames
    }

    func sink() throws -> any LogSink {
        let session = try session()
        defer { session.close() }
        let topics = try TopicTable(session: session)
        guard let kafka else { return PostgresLogSink(topics: topics) { _ in } }
        return KafkaLogSink(topics: topics, producer: KafkaProducerHolder(settings: kafka, logger: LogUnderTest.logger))
    }

    func message(_ key: String, _ value: Int64, time: Timestamp = Timestamp(seconds: 1_000)) -> OutgoingMessage {
        OutgoingMessage(Numbered(value: value), on: input, key: key, subject: key, time: time)
    }
}

/// What the tests send.
struct Numbered: MessageBody {
    static let type = "test.numbered.v1"
    var value: Int64

    init(value: Int64) { self.value = value }
    init(json: JSONValue) throws { value = try json.integer("value") }
    func write(to writer: inout JSONWriter) { writer.object { $0.field("value", value) } }
}

/// A handler that writes each message's value as an effect; a test may look at each message first.
final class EffectHandler: LaneHandler {
    typealias Look = @Sendable (Message, Int64) throws -> Void
    private let look: Look

    init(look: @escaping Look = { _, _ in }) { self.look = look }

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        var keys: [String] = []
        var values: [Int64] = []
        for message in messages {
            let value: Int64
            do { value = try message.decode(Numbered.self).value } catch {
                output.deadLetter(message, reason: "\(error)")
                continue
            }
            try look(message, value)
            keys.append(message.key)
            values.append(value)
        }
        try transaction.enqueue(
            "INSERT INTO test.effect (key, value) SELECT * FROM unnest(\(keys), \(values))")
    }
}

/// Waits until a condition holds, and fails by name when it does not in time.
func eventually(
    _ what: String, seconds: Double = 30, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = DispatchTime.now() + seconds
    while DispatchTime.now() < deadline {
        if (try? await condition()) == true { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("not in time: \(what)", sourceLocation: sourceLocation)
}

enum ProcessEnvironment {
    private static let all = ProcessInfo.processInfo.environment
    static let kafka = all["KAFKA_BOOTSTRAP_SERVERS"].flatMap { $0.isEmpty ? nil : $0 }

    /// The real brokers, with every `KAFKA_*` of the environment; nil without.
    static func brokers() throws -> KafkaSettings? {
        try kafka.map { _ in try KafkaSettings(environment: all, clientID: "contract") }
    }
}

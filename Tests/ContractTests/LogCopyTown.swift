import City
import EventLog
import Kafka
import Logging
import Messages
import Postgres
import TestSupport

/// Two small services, one that publishes what it is asked to and one that writes down what it reads, with a database
/// and brokers of their own.
struct CopyTown: Sendable {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    static let partitions = 2
    /// What is copied; over real brokers, where other runs have left theirs, it has a name of its own.
    let topic = ProcessEnvironment.kafka == nil ? Topic.cases : Topic(name: "cases-\(UInt32.random(in: 0...(.max)))")

    let postgres: PostgresSettings
    /// Nil over real brokers.
    let kafka: MockKafka?
    let kafkaSettings: KafkaSettings
    /// Set while the services live.
    private var maker: RequestLane<Maker>?

    init() throws {
        postgres = try PostgresSettings(url: try PrivatePostgres.shared().createDatabase())
        if let brokers = try ProcessEnvironment.brokers() {
            (kafka, kafkaSettings) = (nil, brokers)
        } else {
            let mock = MockKafka(topics: ["cases": Self.partitions, "cases.dead": 1])
            kafka = mock
            kafkaSettings = KafkaSettings(
                bootstrapServers: mock.bootstrapServers, clientID: "test", extra: MockKafka.clientProperties)
        }
        let session = try session()
        try Suite.migrator.migrate(session)
        try Suite.ensureTopics([topic, topic.dead], partitions: Self.partitions, session: session)
        try session.executeScript(
            """
            CREATE TABLE seen (id bigserial, key text, number bigint);
            CREATE TABLE mood (refuses boolean);
            INSERT INTO mood VALUES (false);
            """)
    }

    func session() throws -> PostgresSession { try PostgresSession(postgres, logger: Self.logger) }

    /// Runs both services for as long as `body`, and until the reader has read everything.
    ///
    /// - Parameter reads: Whether the reader runs.
    func live(
        on kind: LogKind, reads: Bool = true, _ body: (CopyTown) async throws -> Void
    ) async throws {
        let makers = try eventLog("maker", kind)
        let readers = try eventLog("reader", kind)
        readers.consume(topic) { _ in Notebook() }
        var town = self
        town.maker = makers.requests { [topic] _ in Maker(topic: topic) }
        try makers.start()
        if reads { try readers.start() }
        try await wait { makers.problems.isEmpty }
        if reads { try await wait { readers.lanes.count == Self.partitions && readers.problems.isEmpty } }
        try await body(town)
        if reads { try await wait { try isRead(kind) } }
        await makers.stop()
        await readers.stop()
    }

    private func eventLog(_ service: String, _ kind: LogKind) throws -> EventLog {
        var kafka = kafkaSettings
        kafka.groupID = service
        return EventLog(
            EventLog.Settings(service: service, kind: kind, postgres: postgres, kafka: kind == .kafka ? kafka : nil),
            logger: Self.logger)
    }

    /// Publishes messages of seven keys.
    func publish(_ count: Int) async throws {
        for number in 0..<count { _ = try await maker?.submit("key-\(number % 7)") }
    }

    func copy(
        to target: LogKind, patienceMilliseconds: Int = 30_000, progress: (LogCopy.Progress) -> Void = { _ in }
    ) throws -> LogCopy.Summary {
        var copy = LogCopy(postgres: postgres, kafka: kafkaSettings, to: target, logger: Self.logger)
        copy.sendTimeoutMilliseconds = patienceMilliseconds
        return try copy.run(progress: progress)
    }

    func log() throws -> LogKind? { try LogReader.log(of: try session()) }

    /// What the reader wrote down, in its order.
    func read() throws -> [(key: String, number: Int64)] {
        try session().query("SELECT key, number FROM seen ORDER BY id").decode((String, Int64).self)
            .map { (key: $0.0, number: $0.1) }
    }

    /// Whether the reader accepts nothing.
    func refuse(_ refuses: Bool) throws { try session().execute("UPDATE mood SET refuses = \(refuses)") }

    func deadOffsets() throws -> [Int64] {
        try session().query("SELECT log_offset FROM eventlog.dead_letter").decode(Int64.self)
    }

    func requestReplay() throws {
        try session().execute("UPDATE eventlog.dead_letter SET replay_requested_at = clock_timestamp()")
    }

    private func isRead(_ kind: LogKind) throws -> Bool {
        let session = try session()
        let log = LogReader(session, kafka: kind == .kafka ? kafkaSettings : nil, logger: Self.logger)
        let positions = try session.query(
            "SELECT partition, next_offset FROM eventlog.lane WHERE service = 'reader' AND input = \(topic.name)"
        ).decode((Int16, Int64).self)
        guard try session.query("SELECT FROM eventlog.outbox LIMIT 1").isEmpty else { return false }
        return try positions.allSatisfy { partition, position in
            try log.offsets(of: topic, partition: Int(partition)).upperBound == position
        }
    }

    /// Waits until a condition holds.
    func wait(seconds: Int = 30, _ condition: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try !condition() {
            guard ContinuousClock.now < deadline else { throw Impatience() }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private struct Impatience: Error {}

    /// Publishes a message per request.
    final class Maker: RequestHandler {
        private let topic: Topic

        init(topic: Topic) { self.topic = topic }

        func handle(
            _ requests: [String], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
        ) throws -> [Result<Bool, any Error>] {
            for key in requests {
                output.publish(
                    OutgoingMessage(
                        topic: topic, key: key, subject: key, type: "test.v1", time: now, payload: Array("{}".utf8)))
            }
            return requests.map { _ in .success(true) }
        }
    }

    /// Writes down the key and number of what it reads, or refuses it.
    final class Notebook: LaneHandler {
        func handle(
            _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
        ) throws {
            if try transaction.query("SELECT refuses FROM mood").decode(Bool.self) == [true] {
                for message in messages { throw MessageRejected(offset: message.offset, reason: "in a mood") }
            }
            try transaction.enqueue(
                """
                INSERT INTO seen (key, number)
                SELECT * FROM unnest(\(messages.map(\.key)), \(messages.map(\.number)))
                """)
        }
    }
}

public import Kafka
public import Logging
import Messages
public import Postgres

/// Moves a stopped suite from one log to the other, with every message a lane still needs.
///
/// All positions change in one transaction at the end: a copy that is broken off leaves the suite where it was and can
/// be started again. It goes on after what an earlier attempt wrote to Kafka, and refuses topics with other messages.
/// Messages keep the lane and number of their producer, so that lanes go on to prove that they missed nothing.
///
/// While it works services cannot claim a lane, and a process that was frozen before cannot commit afterwards.
public struct LogCopy: Sendable {
    /// How far a partition has come.
    public struct Progress: Sendable {
        public var topic: String
        public var partition: Int
        public var copied: Int
    }

    /// What was moved.
    public struct Summary: Sendable, Hashable {
        /// Nil when the suite ran on the wanted log already; nothing was done then.
        public var from: LogKind?
        public var messages = 0
        public var partitions = 0
        /// Lanes whose positions were translated.
        public var lanes = 0
    }

    let postgres: PostgresSettings
    let kafka: KafkaSettings
    let target: LogKind
    let logger: Logger
    /// Longest wait for the broker to acknowledge a batch.
    public var sendTimeoutMilliseconds = 30_000
    static let batch = 500

    /// - Parameter target: The log the suite is to run on.
    public init(postgres: PostgresSettings, kafka: KafkaSettings, to target: LogKind, logger: Logger) {
        self.postgres = postgres
        self.kafka = kafka
        self.target = target
        self.logger = logger
    }

    /// Copies, then switches the suite over.
    ///
    /// - Parameter progress: Called after each batch.
    /// - Throws: ``LogCopyError``, or ``LaneError`` when the broker is away or the log lacks a needed message, or
    ///   `PostgresError`. The suite is then where it was.
    public func run(progress: (Progress) -> Void = { _ in }) throws -> Summary {
        var patient = postgres
        // The transaction waits for the brokers; whatever it locks is not in use by anybody.
        patient.idleInTransactionTimeoutMilliseconds = 0
        patient.statementTimeoutMilliseconds = 0
        let session = try PostgresSession(patient, logger: logger)
        defer { session.close() }
        let reading = try PostgresSession(postgres, logger: logger)
        defer { reading.close() }
        do {
            return try session.transaction { transaction in
                let from = try LogCopyStore.hold(in: transaction)
                guard from != target else { return Summary() }
                try refuseWhileAlive(reading)
                try LogCopyStore.fenceAll(in: transaction)
                let topics = try Suite.topicPartitions(session: reading)
                try Suite.ensureKafkaTopics(topics, kafka: kafka, logger: logger)
                let summary: Summary
                switch target {
                case .kafka: summary = try moveToKafka(topics, reading: reading, in: transaction, progress)
                case .postgres: summary = try moveToPostgres(topics, reading: reading, in: transaction, progress)
                }
                try LogCopyStore.switchOver(to: target, in: transaction)
                // Whoever joined meanwhile looked at the old log.
                try refuseWhileAlive(reading)
                return summary
            }
        } catch {
            throw error.cause
        }
    }

    private func refuseWhileAlive(_ session: PostgresSession) throws {
        let services = try session.query("SELECT DISTINCT service FROM eventlog.member ORDER BY service")
        let alive = try services.decode(String.self).filter {
            try !MembershipStore.living(service: $0, session: session).isEmpty
        }
        guard alive.isEmpty else { throw LogCopyError.servicesRun(alive) }
    }

    private func moveToKafka(
        _ topics: [Topic: Int], reading: PostgresSession, in transaction: PostgresTransaction,
        _ progress: (Progress) -> Void
    ) throws -> Summary {
        let source = LogReader(reading, logger: logger)
        let producer = try KafkaProducer(kafka, logger: logger)
        defer { producer.close(timeoutMilliseconds: 5_000) }
        var summary = Summary(from: .postgres)
        for plan in try LogCopyStore.plans(topics, log: source, in: transaction) {
            let target = LogReader(reading, kafka: kafka, logger: logger)
            var copy = KafkaPartitionCopy(
                plan: plan, source: source, target: target, producer: producer,
                sendTimeoutMilliseconds: sendTimeoutMilliseconds)
            let positions = try copy.run { progress(Progress(plan, copied: $0)) }
            try LogCopyStore.move(positions, in: transaction)
            summary.add(plan, copied: copy.copied)
        }
        try LogCopyStore.emptyPostgresLog(in: transaction)
        return summary
    }

    private func moveToPostgres(
        _ topics: [Topic: Int], reading: PostgresSession, in transaction: PostgresTransaction,
        _ progress: (Progress) -> Void
    ) throws -> Summary {
        try sendOutbox(topics, reading)
        var summary = Summary(from: .kafka)
        let source = LogReader(reading, kafka: kafka, logger: logger)
        for plan in try LogCopyStore.plans(topics, log: source, in: transaction) {
            var copy = PostgresPartitionCopy(plan: plan, source: source)
            let positions = try copy.run(in: transaction) { progress(Progress(plan, copied: $0)) }
            try LogCopyStore.move(positions, in: transaction)
            summary.add(plan, copied: copy.copied)
        }
        return summary
    }

    /// Sends what lanes committed and could not send, so that the log holds all there is.
    private func sendOutbox(_ topics: [Topic: Int], _ session: PostgresSession) throws {
        let producer = KafkaProducerHolder(settings: kafka, logger: logger)
        defer { producer.close() }
        let sink = KafkaLogSink(topics: TopicTable(partitions: topics), producer: producer)
        for lane in try LogCopyStore.lanesWithOutbox(session) {
            try sink.publishLeftovers(lane: lane, session: session)
        }
    }
}

extension LogCopy.Progress {
    fileprivate init(_ plan: PartitionCopyPlan, copied: Int) {
        self.init(topic: plan.topic.name, partition: plan.partition, copied: copied)
    }
}

extension LogCopy.Summary {
    fileprivate mutating func add(_ plan: PartitionCopyPlan, copied: Int) {
        messages += copied
        partitions += 1
        lanes += plan.lanes.count
    }
}

/// Why a suite cannot be moved to another log.
public enum LogCopyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// These services run; stop them first.
    case servicesRun([String])
    /// The suite has never run, so there is nothing to move: just start it on the other log.
    case neverRan
    /// The topic at the broker holds messages that are not this suite's: delete it, or name other brokers.
    case otherMessages(topic: String, partition: Int, offset: Int64)

    public var description: String {
        switch self {
        case .servicesRun(let names): "these services run: \(names.joined(separator: ", ")); stop them first"
        case .neverRan: "the suite has never run: there is nothing to copy"
        case .otherMessages(let topic, let partition, let offset):
            "topic \(topic) partition \(partition) at the broker holds other messages at offset \(offset): it must be empty"
        }
    }
}

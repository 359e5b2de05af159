import Kafka
import Logging
import Messages
import Postgres
import Synchronization

/// Lanes over Kafka: partitions are dealt out by the consumer group, positions live in PostgreSQL.
final class RunningKafkaLog: RunningLog, Sendable {
    let sink: any LogSink
    private let environment: LaneEnvironment
    private let topics: TopicTable
    private let kafka: KafkaSettings
    private let running = Mutex<[TopicPartition: InputLane]>([:])
    private let consumer = Mutex<KafkaConsumer?>(nil)
    private let joined = Mutex(false)

    init(environment: LaneEnvironment, topics: TopicTable, kafka: KafkaSettings, producer: KafkaProducerHolder) {
        self.environment = environment
        self.topics = topics
        var kafka = kafka
        kafka.groupID = environment.service
        self.kafka = kafka
        sink = KafkaLogSink(topics: topics, producer: producer)
    }

    var lanes: [LaneStatusBox] { running.withLock { $0.values.map(\.status) } }

    var problem: String? {
        consumer.withLock { $0 } == nil || joined.withLock { $0 } ? nil : "waiting for the consumer group"
    }

    func startLanes(_ inputs: [LaneInput], member: Int64, session: PostgresSession) throws {
        guard !inputs.isEmpty else { return }
        let handlers = Dictionary(uniqueKeysWithValues: inputs.map { ($0.topic.name, $0.makeHandler) })
        let made = try KafkaConsumer(
            kafka, topics: inputs.map(\.topic.name), maxBufferedMessages: 20 * environment.limits.batch,
            logger: environment.logger,
            onAssign: { [weak self] partitions in
                self?.take(partitions, handlers: handlers, member: member) ?? [:]
            },
            onRevoke: { [weak self] partitions, _ in self?.handOver(partitions) })
        consumer.withLock { $0 = made }
    }

    /// Starts a lane for each partition, and says where each begins. A lane that finds another position when it claims
    /// it begins again there.
    private func take(
        _ partitions: [TopicPartition], handlers: [String: @Sendable (LaneIdentity) throws -> any LaneHandler],
        member: Int64
    ) -> [TopicPartition: Int64] {
        let positions = positions(of: partitions)
        for partition in partitions {
            guard let makeHandler = handlers[partition.topic] else { continue }
            let lane = InputLane(
                service: environment.service, topic: Topic(name: partition.topic), partition: Int(partition.partition),
                member: member,
                source: KafkaLogSource(partition: partition, startingAt: positions[partition]) { [weak self] in
                    self?.consumer.withLock { $0 }
                },
                sink: sink,
                settings: environment.settings, limits: environment.limits, memory: environment.memory,
                logger: environment.logger, makeHandler: makeHandler)
            running.withLock { $0[partition] = lane }
            lane.start()
        }
        joined.withLock { $0 = true }
        return positions
    }

    /// Where lanes stand in PostgreSQL; one that never ran begins at the beginning. Empty while the database is away:
    /// then each lane names its offset when it has claimed it.
    private func positions(of partitions: [TopicPartition]) -> [TopicPartition: Int64] {
        do {
            let session = try PostgresSession(environment.settings, logger: environment.logger)
            defer { session.close() }
            let rows = try session.query(
                "SELECT input, partition, next_offset FROM eventlog.lane WHERE service = \(environment.service)")
            let known = Dictionary(
                uniqueKeysWithValues: try rows.decode((String, Int16, Int64).self).map {
                    (TopicPartition(topic: $0.0, partition: Int32($0.1)), $0.2)
                })
            return Dictionary(uniqueKeysWithValues: partitions.map { ($0, known[$0] ?? 0) })
        } catch {
            return [:]
        }
    }

    /// Runs on the consumer's thread: the group waits until the batch in hand is done.
    private func handOver(_ partitions: [TopicPartition]) {
        let lanes = partitions.compactMap { partition in running.withLock { $0.removeValue(forKey: partition) } }
        for lane in lanes { lane.requestStop() }
        for lane in lanes { lane.waitUntilStopped() }
    }

    /// Mirrors positions to the broker for lag monitors; they mean nothing to the lanes.
    func assign(member: Int64, session: PostgresSession) throws {
        try MembershipStore.requireLiving(member: member, service: environment.service, session: session)
        let lanes = running.withLock { $0 }
        let positions = lanes.compactMapValues { lane in
            lane.status.value.position > 0 ? lane.status.value.position : nil
        }
        if !positions.isEmpty { consumer.withLock { $0 }?.mirrorPosition(positions) }
        for (partition, lane) in lanes where lane.status.value.state == .released {
            // Another process claimed it; if the group still says it is ours, take it back.
            lane.waitUntilStopped()
            running.withLock { $0[partition] = nil }
            throw LaneError(.fenced, "lane \(partition) was taken by another process")
        }
    }

    /// The broker's own retention does that.
    func forgetPassed(session: PostgresSession) throws {}

    func close() {}

    func stopLanes() {
        let made = consumer.withLock { consumer in
            defer { consumer = nil }
            return consumer
        }
        made?.close()
        let lanes = running.withLock { running in
            defer { running.removeAll() }
            return running.values.map { $0 }
        }
        for lane in lanes { lane.requestStop() }
        for lane in lanes { lane.waitUntilStopped() }
    }
}

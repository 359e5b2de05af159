import City
import Kafka
import Messages
import Postgres

@testable import EventLog

/// A suite at work on a world: what its processes share, and a session to look on with.
final class LiveSuite {
    let world: World
    let points: CrashPoints
    let control: PostgresSession
    private let broker: MemoryBroker
    private let topics: TopicTable

    init(_ world: World, points: CrashPoints) throws {
        self.world = world
        self.points = points
        control = try world.session()
        broker = MemoryBroker(world.broker, points: points)
        topics = try TopicTable(session: control)
    }

    deinit { control.close() }

    /// The world as it is now.
    var now: World {
        var world = world
        world.broker = broker.content
        return world
    }

    func partitions(of topic: Topic) throws -> Int { try topics.partitions(of: topic) }

    func setClock(_ moment: Timestamp) throws {
        try Suite.setReplayClock(microseconds: moment.microseconds, session: control)
    }

    /// How a lane reaches the database: it can be cut at each point.
    func laneSettings() throws -> PostgresSettings {
        var settings = try PostgresSettings(url: world.database).forLanes
        settings.cut = { [points] in points.pass($0) }
        return settings
    }

    var sink: any LogSink {
        switch world.kind {
        case .postgres: PostgresLogSink(topics: topics) { _ in }
        case .kafka: KafkaLogSink(topics: topics, producer: broker)
        }
    }

    func source(_ topic: Topic, partition: Int) -> any LaneSource {
        switch world.kind {
        case .postgres: PostgresLogSource(topic: topic, partition: partition, hub: WakeHub())
        case .kafka: MemorySource(broker, topic: topic, partition: partition)
        }
    }

    /// Publishes what somebody outside the suite has to say.
    func publish(_ message: OutgoingMessage, by source: String) throws {
        switch world.kind {
        case .postgres:
            var writer = RecordBatchWriter(source: source)
            writer.append(message)
            let frame = LogFrame(topic: message.topic, partition: 0, count: 1, firstNumber: 1, records: writer.bytes)
            try control.transaction { try sink.store([frame], lane: 0, in: $0) }
        case .kafka:
            let headers = [
                "ce_id": message.foreignID ?? "", "ce_source": source, "ce_type": message.type,
                "ce_subject": message.subject, "ce_time": message.time.rfc3339,
            ]
            let record = KafkaRecordToSend(
                topic: message.topic.name, partition: 0, key: Array(message.key.utf8), value: message.payload,
                headers: headers.map { KafkaHeader(name: $0.key, value: $0.value) })
            try broker.send([record], timeoutMilliseconds: 0)
        }
    }

    /// Every message of a partition, in order, repeats included.
    func messages(_ topic: Topic, partition: Int) throws -> [Message] {
        switch world.kind {
        case .kafka: return broker.messages(TapeKey(topic: topic, partition: partition))
        case .postgres:
            return try source(topic, partition: partition)
                .fetch(from: 0, max: 100_000, waitMilliseconds: 0, session: control).messages
        }
    }

    func everyPartition() -> [TapeKey] {
        topics.partitions.flatMap { topic, count in
            (0..<count).map { TapeKey(topic: topic, partition: $0) }
        }.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }
}

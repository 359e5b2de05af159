import City
import Kafka
import Messages
import Postgres
import Synchronization

@testable import EventLog

/// Kafka's partitions in memory, with records as they travel to real brokers.
final class MemoryBroker: RecordSending {
    private let partitions: Mutex<[TapeKey: [KafkaRecord]]>
    private let points: CrashPoints

    init(_ partitions: [TapeKey: [KafkaRecord]], points: CrashPoints) {
        self.partitions = Mutex(partitions)
        self.points = points
    }

    var content: [TapeKey: [KafkaRecord]] { partitions.withLock { $0 } }

    func send(_ records: [KafkaRecordToSend], timeoutMilliseconds: Int) throws {
        let kept = points.pass(records.map { "record for \($0.topic)/\($0.partition)" })
        partitions.withLock { partitions in
            for record in records.prefix(kept ?? records.count) {
                let key = TapeKey(topic: Topic(name: record.topic), partition: Int(record.partition))
                let offset = Int64(partitions[key, default: []].count)
                partitions[key, default: []].append(
                    KafkaRecord(
                        topic: record.topic, partition: record.partition, offset: offset, timestampMilliseconds: 0,
                        key: record.key, value: record.value, headers: record.headers))
            }
        }
        if kept != nil { throw LaneError(.unavailable, "the process died while it published") }
    }

    func messages(_ key: TapeKey) -> [Message] {
        partitions.withLock { $0[key] ?? [] }.map { KafkaEnvelope.message(from: $0) }
    }
}

/// One partition of a ``MemoryBroker``, as a lane's input.
final class MemorySource: LaneSource {
    private let broker: MemoryBroker
    private let key: TapeKey

    init(_ broker: MemoryBroker, topic: Topic, partition: Int) {
        self.broker = broker
        key = TapeKey(topic: topic, partition: partition)
    }

    func fetch(from offset: Int64, max: Int, waitMilliseconds: Int, session: PostgresSession) throws -> Fetched {
        let rest = broker.messages(key).dropFirst(Int(offset))
        return Fetched(messages: Array(rest.prefix(max)), reachedEnd: rest.count <= max)
    }

    func forget() {}
    func firstOffset(session: PostgresSession) throws -> Int64 { 0 }
    func expectTick(at moment: Timestamp?) {}
    func wake() {}
}

import Dispatch
public import Kafka
public import Logging
public import Messages
public import Postgres

/// Reads a log without being a lane: for operators who look into it, and for moving it elsewhere.
///
/// Changes no position and owns nothing. Blocks the calling thread; used on one thread.
public final class LogReader {
    private let session: PostgresSession
    private let kafka: KafkaSettings?
    private let logger: Logger
    private let patienceMilliseconds: Int
    /// The partition that is being read, and where its consumer stands.
    private var consumer: (partition: TopicPartition, next: Int64, consumer: KafkaConsumer)?

    /// - Parameters:
    ///   - kafka: The brokers of a suite that runs on Kafka; nil reads the log in PostgreSQL.
    ///   - patienceMilliseconds: Longest wait for a broker.
    public init(
        _ session: PostgresSession, kafka: KafkaSettings? = nil, patienceMilliseconds: Int = 10_000, logger: Logger
    ) {
        self.session = session
        self.kafka = kafka
        self.patienceMilliseconds = patienceMilliseconds
        self.logger = logger
    }

    deinit { consumer?.consumer.close() }

    /// Which log the suite runs on; nil before its first start.
    public static func log(of session: PostgresSession) throws -> LogKind? {
        let rows = try session.query("SELECT log FROM eventlog.suite")
        return try rows.decode(String.self).first.flatMap { LogKind(rawValue: $0) }
    }

    /// The offsets a partition keeps: from the first kept to the one the next message will get.
    ///
    /// - Throws: ``LaneError`` when the partition does not exist or the broker is away.
    public func offsets(of topic: Topic, partition: Int) throws -> Range<Int64> {
        guard kafka != nil else {
            let rows = try session.query(
                """
                SELECT p.first_offset, p.next_offset FROM eventlog.partition p JOIN eventlog.topic t ON t.id = p.topic
                WHERE t.name = \(topic.name) AND p.partition = \(Int16(clamping: partition))
                """)
            guard let row = rows.first else {
                throw LaneError(.unavailable, "topic \(topic.name) has no partition \(partition)")
            }
            let (first, next) = try row.decode((Int64, Int64).self)
            return first..<next
        }
        let place = TopicPartition(topic: topic.name, partition: Int32(partition))
        let (low, high) = try reading { try open(place, at: nil).watermarks(of: place) }
        return low..<max(low, high)
    }

    /// Messages of a partition from an offset on, in order; fewer than `limit` only at the end of the log.
    ///
    /// - Throws: ``LaneError/Code/positionLost`` when the log does not have the offset.
    public func messages(of topic: Topic, partition: Int, from offset: Int64, limit: Int) throws -> [Message] {
        guard kafka != nil else {
            let source = PostgresLogSource(topic: topic, partition: partition, hub: WakeHub())
            return try source.fetch(from: offset, max: limit, waitMilliseconds: 0, session: session).messages
        }
        let place = TopicPartition(topic: topic.name, partition: Int32(partition))
        return try reading {
            let consumer = try open(place, at: offset)
            let deadline = DispatchTime.now() + .milliseconds(patienceMilliseconds)
            var found: [KafkaRecord] = []
            while found.count < limit {
                let batch = try consumer.nextBatch(of: place, max: limit - found.count, waitMilliseconds: 200)
                found += batch.records
                if batch.reachedEnd { break }
                if batch.records.isEmpty, DispatchTime.now() > deadline {
                    throw LaneError(.unavailable, "\(place) cannot be read: the broker does not answer")
                }
            }
            self.consumer?.next = found.last.map { $0.offset + 1 } ?? offset
            return found.map { KafkaEnvelope.message(from: $0) }
        }
    }

    /// A consumer of the partition that stands at the offset.
    private func open(_ place: TopicPartition, at offset: Int64?) throws -> KafkaConsumer {
        if let open = consumer, open.partition == place {
            if let offset, open.next != offset {
                try open.consumer.restart(of: place, at: offset)
                consumer?.next = offset
            }
            return open.consumer
        }
        consumer?.consumer.close()
        consumer = nil
        guard let kafka else { throw LaneError(.unavailable, "Kafka is not configured") }
        let start = offset ?? 0
        let made = try KafkaConsumer(
            kafka, startingAt: offset == nil ? [:] : [place: start], maxBufferedMessages: 2_000, logger: logger)
        // A consumer that was made to look at watermarks reads nothing.
        if offset != nil { consumer = (place, start, made) }
        return made
    }

    private func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as KafkaError {
            switch error.code {
            case .offsetOutOfRange, .topicRecreated: throw LaneError(.positionLost, "\(error)")
            default: throw LaneError(.unavailable, "the broker cannot be read: \(error)")
            }
        }
    }
}

internal import CLibrdkafka
internal import Synchronization

/// A pointer of the library that may be used by several threads at once.
///
/// Safe for exactly the objects the library documents as thread-safe: clients, topics and queues. Lists, messages,
/// events and configurations are not, and never leave the function that made them.
struct ThreadSafePointer: @unchecked Sendable {
    let raw: OpaquePointer
}

/// Owns one client of the library; destroyed when the last user lets go.
///
/// Queues and topics hold on to their client, because the library wants them gone first.
final class Client: Sendable {
    private let pointer: ThreadSafePointer
    let observer: ClientObserver
    /// Topics whose partitions the library knows. It keeps what it knows of a topic for as long as somebody holds it.
    private let knownTopics = Mutex<[String: ThreadSafePointer]>([:])

    var raw: OpaquePointer { pointer.raw }

    init(_ configuration: ClientConfiguration, observer: ClientObserver) throws(KafkaError) {
        pointer = ThreadSafePointer(raw: try configuration.makeClient(observer: observer))
        self.observer = observer
    }

    deinit {
        for topic in knownTopics.withLock({ $0 }).values { rd_kafka_topic_destroy(topic.raw) }
        // The observer is still alive here; the library's threads use it until this returns.
        rd_kafka_destroy_flags(raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }

    /// The reason why this client is of no more use, if there is one.
    var fatalError: KafkaError? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            let code = rd_kafka_fatal_error(raw, text.baseAddress, text.count)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            var error = KafkaError(code, reason: String(cString: text.baseAddress!))
            error.code = .fatal
            error.isFatal = true
            error.isRetriable = false
            return error
        }
    }

    /// Whether the library has learnt the topic's partitions by ``know(_:timeoutMilliseconds:)``.
    func knows(_ topic: String) -> Bool { knownTopics.withLock { $0[topic] != nil } }

    /// Makes the library ask a broker for the topic's partitions, unless it knows them.
    ///
    /// - Returns: Whether it knows them now: not when no broker answered in time or the topic does not exist.
    func know(_ topic: String, timeoutMilliseconds: Int) -> Bool {
        if knows(topic) { return true }
        guard let handle = rd_kafka_topic_new(raw, topic, nil) else { return false }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let error = rd_kafka_metadata(raw, 0, handle, &metadata, Int32(clamping: max(1, timeoutMilliseconds)))
        defer { if let metadata { rd_kafka_metadata_destroy(metadata) } }
        let exists =
            metadata.map { answer in
                answer.pointee.topic_cnt == 1 && answer.pointee.topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR
                    && answer.pointee.topics[0].partition_cnt > 0
            } ?? false
        let isWanted = knownTopics.withLock { known in
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR, exists, known[topic] == nil else { return false }
            known[topic] = ThreadSafePointer(raw: handle)
            return true
        }
        if !isWanted { rd_kafka_topic_destroy(handle) }
        return knows(topic)
    }

    /// Asks the partition's leader for the first offset it keeps and the one the next message will get.
    func watermarks(
        of partition: TopicPartition, timeoutMilliseconds: Int
    ) throws(KafkaError) -> (low: Int64, high: Int64) {
        let deadline = Deadline(afterMilliseconds: timeoutMilliseconds)
        let low = try offset(Int64(RD_KAFKA_OFFSET_BEGINNING), of: partition, until: deadline)
        return (low, try offset(Int64(RD_KAFKA_OFFSET_END), of: partition, until: deadline))
    }

    /// Asks the partition's leader for the offset the next message will get.
    func highWatermark(of partition: TopicPartition, timeoutMilliseconds: Int) throws(KafkaError) -> Int64 {
        let deadline = Deadline(afterMilliseconds: timeoutMilliseconds)
        return try offset(Int64(RD_KAFKA_OFFSET_END), of: partition, until: deadline)
    }

    /// Uses the question about times, which understands beginning and end as well: the one about watermarks keeps its
    /// caller for minutes while the broker is away, whatever time-out it is given (seen with librdkafka 2.0.2).
    private func offset(
        _ place: Int64, of partition: TopicPartition, until deadline: Deadline
    ) throws(KafkaError) -> Int64 {
        let patience = Int32(clamping: max(1, deadline.remainingMilliseconds))
        let (error, offset) = PartitionList.with([partition: place]) { list in
            let error = rd_kafka_offsets_for_times(raw, list, patience)
            let answer = list.pointee.elems[0]
            return (error == RD_KAFKA_RESP_ERR_NO_ERROR ? answer.err : error, answer.offset)
        }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, at: partition) }
        return offset
    }
}

/// One of the library's queues: where threads wait for messages and events.
final class ClientQueue: Sendable {
    private let pointer: ThreadSafePointer
    private let client: Client

    var raw: OpaquePointer { pointer.raw }

    /// - Parameter queue: Owned by the new object.
    init(_ queue: OpaquePointer, of client: Client) {
        self.pointer = ThreadSafePointer(raw: queue)
        self.client = client
    }

    deinit { rd_kafka_queue_destroy(raw) }

    /// Sends away the thread that waits on this queue, or the next one that would.
    func wake() { rd_kafka_queue_yield(raw) }

    var count: Int { rd_kafka_queue_length(raw) }
}

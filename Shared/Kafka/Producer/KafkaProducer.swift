internal import CLibrdkafka
internal import Dispatch
public import Logging
internal import Synchronization

/// Appends messages to partitions, in order, each once per call.
///
/// The producer is idempotent and waits for all replicas in sync, so the library's own retries neither double nor
/// reorder messages. A caller that sends a message again because it was ``KafkaDelivery/unconfirmed(_:)`` may put it
/// into the log twice; consumers have to recognise that.
///
/// One producer may be shared by any number of threads. Calls block the calling thread: use one of your own, not one
/// of the cooperative pool.
public final class KafkaProducer: Sendable {
    private let client: Client
    private let deliveries: DeliveryThread
    private let topics = Mutex<[String: TopicHandle]>([:])
    private let isClosed = Atomic<Bool>(false)

    /// Makes the client; connections are opened when there is something to send.
    ///
    /// - Throws: ``KafkaError/Code/configuration``.
    public init(_ settings: KafkaSettings, logger: Logger) throws(KafkaError) {
        let observer = ClientObserver(settings, logger: logger)
        client = try Client(ClientConfiguration(settings, role: .producer), observer: observer)
        deliveries = DeliveryThread(client)
    }

    deinit { close(timeoutMilliseconds: 0) }

    /// The reason why this producer must be closed and replaced, once there is one.
    public var fatalError: KafkaError? { client.fatalError }

    /// Whether a broker was reachable when last heard of; for readiness checks.
    public var isConnected: Bool { client.observer.isConnected }

    /// Sends messages and blocks until each is acknowledged or has failed, or the time is over.
    ///
    /// Messages of one partition reach the log in the order given. After one has failed, none behind it in the same
    /// partition is sent: they are reported ``KafkaDelivery/notSent(_:)``.
    ///
    /// While a broker is away its messages wait. When the time ends first they are reported
    /// ``KafkaDelivery/unconfirmed(_:)`` and may still be written later; until that is settled, further messages for
    /// those partitions are not accepted but reported `notSent`, so nothing overtakes and memory stays bounded. A full
    /// queue makes the caller wait.
    ///
    /// - Parameter records: At most 1,048,576.
    /// - Returns: One outcome per record, in the order of `records`.
    /// - Throws: ``KafkaError/Code/closed``, or a fatal error after which the producer is of no more use.
    public func send(
        _ records: [KafkaRecordToSend], timeoutMilliseconds: Int
    ) throws(KafkaError) -> [KafkaDelivery] {
        precondition(records.count <= SendTickets.capacity, "too many messages in one call")
        if isClosed.load(ordering: .acquiring) { throw .closed }
        if let fatalError { throw fatalError }
        if records.isEmpty { return [] }

        let deadline = Deadline(afterMilliseconds: timeoutMilliseconds)
        var blocked = waitForStragglers(among: records, until: deadline)
        let (number, ticket) = deliveries.tickets.open(count: records.count)
        for (index, record) in records.enumerated() {
            var failure = blocked.isEmpty ? nil : blocked[record.topicPartition]
            if failure == nil {
                failure = enqueue(record, tag: SendTickets.tag(number, index), until: deadline)
                if let failure { blocked[record.topicPartition] = failure }
            }
            if let failure { deliveries.tickets.resolve(number, CollectionOfOne((index, .notSent(failure)))) }
        }
        if ticket.wait(until: deadline) { return ticket.deliveries.map { $0! } }

        let known = ticket.deliveries
        let missing = zip(records, known).filter { $0.1 == nil }.map(\.0.topicPartition)
        deliveries.tickets.leaveBehind(number, Set(missing))
        return zip(records, known).map { record, delivery in
            delivery ?? .unconfirmed(.timedOut("acknowledgement", at: record.topicPartition))
        }
    }

    /// Waits for messages still on their way, gives up the rest and ends the producer. Does nothing the second time.
    public func close(timeoutMilliseconds: Int) {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let deadline = Deadline(afterMilliseconds: timeoutMilliseconds)
        for ticket in deliveries.tickets.outstanding { _ = ticket.wait(until: deadline) }
        // Reports for what is given up still come through the delivery thread and free whoever waits for them.
        // More than once, for a sender that was just about to add a message when we closed.
        let grace = Deadline(afterMilliseconds: 1000)
        while let ticket = deliveries.tickets.outstanding.first, !grace.hasPassed {
            rd_kafka_purge(client.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            _ = ticket.wait(until: Deadline(afterMilliseconds: 50))
        }
        topics.withLock { $0 = [:] }
        deliveries.stop()
    }

    private func waitForStragglers(
        among records: [KafkaRecordToSend], until deadline: Deadline
    ) -> [TopicPartition: KafkaError] {
        let stragglers = deliveries.tickets.stragglers
        guard !stragglers.isEmpty else { return [:] }
        var blocked: [TopicPartition: KafkaError] = [:]
        for partition in Set(records.map(\.topicPartition)) {
            guard let ticket = stragglers[partition], !ticket.wait(until: deadline) else { continue }
            blocked[partition] = .timedOut("acknowledgement of earlier messages", at: partition)
        }
        return blocked
    }

    /// Gives a message to the library; waits while its queue is full.
    private func enqueue(
        _ record: KafkaRecordToSend, tag: UnsafeMutableRawPointer?, until deadline: Deadline
    ) -> KafkaError? {
        let topic: TopicHandle
        do { topic = try handle(of: record.topic) } catch { return error }
        while !isClosed.load(ordering: .acquiring) {
            guard let error = record.produce(to: topic, tag: tag) else { return nil }
            let isFull = rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__QUEUE_FULL
            let failure = KafkaError(consuming: error, at: record.topicPartition)
            guard isFull, !deadline.hasPassed else { return failure }
            deliveries.waitForRoom()
        }
        return .closed
    }

    private func handle(of topic: String) throws(KafkaError) -> TopicHandle {
        let known = topics.withLock { $0[topic] }
        if let known { return known }
        guard let pointer = rd_kafka_topic_new(client.raw, topic, nil) else {
            throw KafkaError(rd_kafka_last_error(), at: TopicPartition(topic: topic, partition: -1))
        }
        let new = TopicHandle(pointer, of: client)
        return topics.withLock { topics in
            let winner = topics[topic] ?? new
            topics[topic] = winner
            return winner
        }
    }
}

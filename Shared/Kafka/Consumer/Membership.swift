internal import CLibrdkafka
internal import Dispatch
internal import Logging
internal import Synchronization
internal import Threads

/// A consumer's place in its group: which partitions it has, and the thread that answers rebalances.
final class Membership: Sendable {
    /// All partitions at once, because eager assignment knows no other way.
    private struct State {
        var readers: [TopicPartition: PartitionReader] = [:]
        var isHandingOver = false
        var isClosed = false
        /// The library is ending the membership. Once the group knows, it throws away what its main thread is being
        /// asked, and whoever asked without a time limit waits for ever (seen with librdkafka 2.0.2). From here on nothing
        /// is asked that can come so late.
        var isLeaving = false
    }

    private let client: Client
    private let events: ClientQueue
    private let positionMirror: PositionMirror
    private let maxBufferedMessages: Int
    private let onAssign: @Sendable ([TopicPartition]) -> [TopicPartition: Int64]
    private let onRevoke: @Sendable ([TopicPartition], Bool) -> Void
    /// Held while the library is told what to read, so that what it reads and what we think it reads are one.
    private let state = Mutex(State())
    private let isStopping = Atomic<Bool>(false)
    private let stopped = MonotonicSemaphore(value: 0)

    init(
        _ settings: KafkaSettings, maxBufferedMessages: Int, logger: Logger,
        onAssign: @escaping @Sendable ([TopicPartition]) -> [TopicPartition: Int64],
        onRevoke: @escaping @Sendable ([TopicPartition], Bool) -> Void
    ) throws(KafkaError) {
        self.maxBufferedMessages = maxBufferedMessages
        self.onAssign = onAssign
        self.onRevoke = onRevoke
        let configuration = ClientConfiguration(settings, role: .consumer(maxBufferedMessages: maxBufferedMessages))
        client = try Client(configuration, observer: ClientObserver(settings, logger: logger))
        positionMirror = PositionMirror(client)
        events = ClientQueue(rd_kafka_queue_get_consumer(client.raw), of: client)
        // Errors and statistics come the same way as rebalances, so one wait serves them all.
        rd_kafka_poll_set_consumer(client.raw)
        client.observer.onRebalance { [weak self] in self?.rebalance($0) }
        client.observer.onStatistics { [weak self] in self?.recordLag() }
        // A serial queue that never returns from its only block is a thread of our own.
        DispatchQueue(label: "kafka.consumer.membership").async { [self] in run() }
    }

    var assignment: [TopicPartition] { state.withLock { $0.readers.keys.sorted() } }
    var isConnected: Bool { client.observer.isConnected }
    var fatalError: KafkaError? { client.fatalError }

    func subscribe(to topics: [String]) throws(KafkaError) {
        let error = PartitionList.with(topics: topics) { rd_kafka_subscribe(client.raw, $0) }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error) }
    }

    func assign(_ offsets: [TopicPartition: Int64]) throws(KafkaError) {
        learn(Set(offsets.keys.map(\.topic)), timeoutMilliseconds: Self.patienceMilliseconds)
        let error = state.withLock { state in
            state.readers = makeReaders(Array(offsets.keys))
            for (partition, reader) in state.readers { reader.start(at: offsets[partition]) }
            return tellLibrary(state)
        }
        if let error { throw error }
    }

    func reader(of partition: TopicPartition) throws(KafkaError) -> PartitionReader {
        guard let reader = state.withLock({ $0.readers[partition] }) else { throw .partitionLost(partition) }
        return reader
    }

    func restart(_ partition: TopicPartition, at offset: Int64) throws(KafkaError) {
        learn([partition.topic], timeoutMilliseconds: Self.patienceMilliseconds)
        let error: KafkaError? = state.withLock { state in
            guard let reader = state.readers[partition], !state.isLeaving else { return .partitionLost(partition) }
            reader.restart(at: offset)
            return tellLibrary(state)
        }
        if let error { throw error }
    }

    func mirror(_ positions: [TopicPartition: Int64]) {
        if !isStopping.load(ordering: .acquiring) { positionMirror.note(positions) }
    }

    func watermarks(
        of partition: TopicPartition, timeoutMilliseconds: Int
    ) throws(KafkaError) -> (low: Int64, high: Int64) {
        try client.watermarks(of: partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        isStopping.store(true, ordering: .releasing)
        events.wake()
        // Without a broker the library can take a minute over its last requests. Once nothing is read any more that
        // may happen behind our back.
        while stopped.wait(timeout: .now() + .seconds(3)) == .timedOut {
            if state.withLock({ $0.readers.isEmpty && !$0.isHandingOver }) { return }
        }
    }

    // MARK: The thread

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            positionMirror.tellIfDue()
            assignWhatHasBecomeKnown()
            // Rebalances, statistics and errors are handled by callbacks inside this call.
            guard let message = rd_kafka_consumer_poll(client.raw, 1000) else { continue }
            defer { rd_kafka_message_destroy(message) }
            take(message.pointee)
        }
        state.withLock { $0.isLeaving = true }
        // Runs the revocation, too, unless there is none to run: without a group, or after a fatal error.
        rd_kafka_consumer_close(client.raw)
        let left = assignment
        if !left.isEmpty { handOver(left) }
        client.observer.onRebalance(nil)
        client.observer.onStatistics(nil)
        stopped.signal()
    }

    private func take(_ message: rd_kafka_message_t) {
        let topic = message.rkt.map { String(cString: rd_kafka_topic_name($0)) }
        let partition = topic.map { TopicPartition(topic: $0, partition: message.partition) }
        if message.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            client.observer.noteError(KafkaError(message.err, at: partition))
        } else if let partition, let reader = try? reader(of: partition) {
            // The queues are separated before anything is fetched, and of topics that are known they stay so. Should a
            // message slip through all the same, as when a topic was deleted and made anew, it is missing in its
            // partition, and only a restart brings it back.
            reader.fail(
                KafkaError(.client, reason: "a message left the partition's queue", isRetriable: true, at: partition))
        }
    }

    private func rebalance(_ event: ClientObserver.Rebalance) {
        switch event {
        case .assigned(let partitions): takeOver(partitions)
        case .revoked(let partitions): handOver(partitions)
        }
    }

    private func takeOver(_ partitions: [TopicPartition]) {
        if state.withLock({ $0.isLeaving }) {
            // Too late to begin anything: all that is left is to answer.
            rd_kafka_assign(client.raw, nil)
            return
        }
        client.observer.logger.info("Kafka partitions assigned", metadata: ["kafka.partitions": "\(partitions)"])
        // Made first, so that threads which the owner starts for the partitions find them and wait.
        state.withLock { $0.readers = makeReaders(partitions) }
        let offsets = onAssign(partitions)
        learn(Set(partitions.map(\.topic)), timeoutMilliseconds: Self.patienceMilliseconds)
        state.withLock { state in
            for (partition, reader) in state.readers { reader.start(at: offsets[partition]) }
            guard let error = tellLibrary(state) else { return }
            client.observer.noteError(error)
            for reader in state.readers.values { reader.fail(error) }
        }
    }

    private func handOver(_ partitions: [TopicPartition]) {
        let isLost = rd_kafka_assignment_lost(client.raw) != 0
        client.observer.logger.info(
            "Kafka partitions revoked",
            metadata: ["kafka.partitions": "\(partitions)", "kafka.lost": "\(isLost)"])
        revokeReaders(handingOver: true)
        onRevoke(partitions, isLost)
        if !isLost { positionMirror.tell() }
        rd_kafka_assign(client.raw, nil)
        if !state.withLock({ $0.isLeaving }) { waitUntilStopped() }
        state.withLock { $0.isHandingOver = false }
    }

    /// Waits until the library has stopped what the last assignment ended.
    ///
    /// Another assignment before that would stop the same partitions once more, and the library aborts the process at the
    /// second confirmation (librdkafka issue 5573; seen with 2.0.2). Its main thread takes requests in order: when it has
    /// answered this one, the stops are done and their confirmations stand before anything that is asked next.
    private func waitUntilStopped() {
        var assignment: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        rd_kafka_assignment(client.raw, &assignment)
        if let assignment { rd_kafka_topic_partition_list_destroy(assignment) }
    }

    private func revokeReaders(handingOver: Bool) {
        let readers = state.withLock { state in
            defer {
                state.readers = [:]
                state.isHandingOver = handingOver
            }
            return state.readers.values.map { $0 }
        }
        for reader in readers { reader.revoke() }
    }

    private func makeReaders(_ partitions: [TopicPartition]) -> [TopicPartition: PartitionReader] {
        var readers: [TopicPartition: PartitionReader] = [:]
        for partition in partitions {
            readers[partition] = PartitionReader(partition, of: client, maxBufferedMessages: maxBufferedMessages)
        }
        return readers
    }

    /// How long a broker may take to say which partitions a topic has, before the membership's thread asks again.
    private static let patienceMilliseconds = 1000

    /// - Returns: Topics among these that are known now.
    @discardableResult
    private func learn(_ topics: Set<String>, timeoutMilliseconds: Int) -> Set<String> {
        let deadline = Deadline(afterMilliseconds: timeoutMilliseconds)
        return topics.filter { client.know($0, timeoutMilliseconds: deadline.remainingMilliseconds) }
    }

    /// Takes up partitions that had to wait until a broker knew their topic.
    private func assignWhatHasBecomeKnown() {
        let waiting = state.withLock { state in
            Set(state.readers.filter { $0.value.position != nil && !client.knows($0.key.topic) }.map(\.key.topic))
        }
        guard !waiting.isEmpty, !learn(waiting, timeoutMilliseconds: 200).isEmpty else { return }
        state.withLock { state in
            guard let error = tellLibrary(state) else { return }
            client.observer.noteError(error)
            for reader in state.readers.values { reader.fail(error) }
        }
    }

    /// Assigns every partition whose position is known, at that position.
    ///
    /// A partition of a topic that the library has not heard of yet is left out until it has: reassigned, such a
    /// partition is forgotten with its queue and made anew, and before we have the new queue, first messages may run
    /// past us into the consumer's (seen with librdkafka 2.0.2).
    private func tellLibrary(_ state: borrowing State) -> KafkaError? {
        let positions = state.readers.compactMapValues(\.position).filter { client.knows($0.key.topic) }
        let error = PartitionList.with(positions) { rd_kafka_assign(client.raw, $0) }
        waitUntilStopped()
        for partition in positions.keys { state.readers[partition]?.follow() }
        return error == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(error)
    }

    private func recordLag() {
        for reader in state.withLock({ Array($0.readers.values) }) { reader.recordLag() }
    }
}

internal import CLibrdkafka
internal import Dispatch
internal import Logging
internal import Metrics
internal import Synchronization
internal import Threads

/// Reads one assigned partition, from its own queue, on the thread of whoever asks.
///
/// Each partition's messages stay in the library's queue for that partition until a lane takes them. So a lane is
/// woken directly by the thread that received its messages, a lane that stands still holds back only its own
/// partition, and the thread that runs the rebalances never waits behind messages.
final class PartitionReader: Sendable {
    private struct State {
        /// The next offset to hand out; `nil` until somebody has said where to start.
        var position: Int64?
        var queue: ClientQueue
        /// Thrown on every read until the next restart, so that nothing is skipped behind an error.
        var failure: KafkaError?
        /// The owner is still looking up where to start.
        var isStarting = true
        var isRevoked = false
        var end = EndOfPartition()
        var refill = Refill()
    }

    let partition: TopicPartition
    private let client: Client
    private let lag: Gauge
    private let state: Mutex<State>
    /// Holds readers back while the partition is starting.
    private let started = MonotonicSemaphore(value: 0)

    /// To be made before the partition is assigned, else its first messages would go to the consumer's queue.
    init(_ partition: TopicPartition, of client: Client, maxBufferedMessages: Int) {
        self.partition = partition
        self.client = client
        lag = Gauge(
            label: "messaging.consumer.lag",
            dimensions: [("topic", partition.topic), ("partition", String(partition.partition))])
        var state = State(queue: PartitionReader.ownQueue(of: partition, client))
        state.refill.limit = maxBufferedMessages
        self.state = Mutex(state)
    }

    /// The partition's queue, taken out of the consumer's.
    private static func ownQueue(of partition: TopicPartition, _ client: Client) -> ClientQueue {
        let queue = rd_kafka_queue_get_partition(client.raw, partition.topic, partition.partition)!
        rd_kafka_queue_forward(queue, nil)
        return ClientQueue(queue, of: client)
    }

    /// To be called after each assignment: for a topic it has not heard of yet, or that was deleted, the library
    /// forgets the partition with its queue when it is reassigned, and makes new ones.
    func follow() {
        let current = PartitionReader.ownQueue(of: partition, client)
        let former = state.withLock { state in
            defer { state.queue = current }
            return state.queue
        }
        // A reader that waits there now returns with what it has, and comes back here.
        former.wake()
    }

    private var queue: ClientQueue { state.withLock { $0.queue } }

    var position: Int64? { state.withLock { $0.position } }

    /// Messages that wait here to be read.
    var bufferedMessages: Int { queue.count }

    /// Sets the first offset; without one the partition stays unread until it is restarted.
    func start(at offset: Int64?) {
        state.withLock { state in
            if let offset { state.position = offset }
            state.isStarting = false
        }
        started.signal()
    }

    func revoke() {
        state.withLock { $0.isRevoked = true }
        started.signal()
        queue.wake()
        lag.destroy()
    }

    func fail(_ error: KafkaError) {
        state.withLock { $0.failure = error }
        queue.wake()
    }

    /// Forgets everything read ahead. The caller then assigns the partition anew at this offset.
    func restart(at offset: Int64) {
        // What belongs to an older assignment is dropped by the library, except for errors about offsets, which
        // it does not mark.
        let queue = queue
        for _ in 0..<queue.count {
            guard let message = rd_kafka_consume_queue(queue.raw, 0) else { break }
            rd_kafka_message_destroy(message)
        }
        state.withLock { state in
            state.position = offset
            state.failure = nil
            state.end = EndOfPartition()
        }
    }

    /// See ``KafkaConsumer/nextBatch(of:max:waitMilliseconds:)``.
    func nextBatch(max: Int, waitMilliseconds: Int) throws(KafkaError) -> KafkaBatch {
        let deadline = Deadline(afterMilliseconds: waitMilliseconds)
        guard waitForStart(until: deadline) else { return .nothing }
        try refuseIfBroken()
        let queue = queue
        askLeaderIfNeeded(max: max, until: deadline)
        try refuseIfBroken()

        var records: [KafkaRecord] = []
        records.reserveCapacity(min(max, queue.count))
        var isDrained = false
        while records.count < max {
            let wait = records.isEmpty && !isDrained ? deadline.remainingMilliseconds : 0
            guard let message = rd_kafka_consume_queue(queue.raw, Int32(clamping: wait)) else {
                isDrained = true
                break
            }
            defer { rd_kafka_message_destroy(message) }
            // News that the end is reached, or an error, is worth waking up for: no more waiting.
            if !take(message, into: &records) { isDrained = true }
            if state.withLock({ $0.isRevoked || $0.failure != nil }) { break }
        }
        // Records before an error are handed out first; the error comes with the next call.
        if records.isEmpty { try refuseIfBroken() }
        return finish(records, isDrained: isDrained)
    }

    /// Returns whether the message was data.
    private func take(_ pointer: UnsafeMutablePointer<rd_kafka_message_t>, into records: inout [KafkaRecord]) -> Bool {
        let message = pointer.pointee
        switch message.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            let isNew = state.withLock { state in
                // Reassigning a neighbour restarts this partition too, possibly a message or two behind what a
                // concurrent read has just taken.
                guard let position = state.position, message.offset >= position else { return false }
                state.position = message.offset + 1
                state.end.messageFollows()
                state.refill.take(bytes: message.len + message.key_len)
                return true
            }
            if isNew { records.append(KafkaRecord(message, pointer: pointer, topic: partition.topic)) }
            return true
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            state.withLock { state in
                guard let position = state.position, message.offset >= position else { return }
                // The last offsets may be markers that are no messages.
                state.position = message.offset
                state.end.heard(disruptions: client.observer.disruptions)
            }
            client.observer.noteConnected()
            return false
        default:
            let error = explain(message.err)
            client.observer.logger.warning(
                "Kafka partition cannot be read",
                metadata: [
                    "kafka.topic": "\(partition.topic)", "kafka.partition": "\(partition.partition)",
                    "kafka.error": "\(error.rdkafkaName)", "kafka.offset": "\(message.offset)",
                ])
            fail(error)
            return false
        }
    }

    /// An offset that is not in the log means one of two very different things.
    private func explain(_ code: rd_kafka_resp_err_t) -> KafkaError {
        var error = KafkaError(code, at: partition)
        guard error.code == .offsetOutOfRange, let position else { return error }
        guard let (low, high) = try? client.watermarks(of: partition, timeoutMilliseconds: 5000) else { return error }
        if position > high { return recreated(position, high) }
        error.reason = "position \(position) is not in the log, which holds \(low) to \(high)"
        return error
    }

    private func recreated(_ position: Int64, _ high: Int64) -> KafkaError {
        KafkaError(
            .topicRecreated, reason: "position \(position) lies behind the end of the log, \(high)", at: partition)
    }

    private func waitForStart(until deadline: Deadline) -> Bool {
        guard state.withLock({ $0.isStarting && !$0.isRevoked }) else { return true }
        guard started.wait(timeout: deadline.time) == .success else { return false }
        started.signal()  // For the next reader.
        return true
    }

    private func refuseIfBroken() throws(KafkaError) {
        let refusal: KafkaError? = state.withLock { state in
            if state.isRevoked { return .partitionLost(partition) }
            if let failure = state.failure { return failure }
            guard state.position == nil else { return nil }
            return KafkaError(.positionUnknown, reason: "no offset to start from was given", at: partition)
        }
        if let refusal { throw refusal }
    }

    /// A round trip to the leader, when it is due: to learn whether we are still at the end, or to shake it awake.
    private func askLeaderIfNeeded(max: Int, until deadline: Deadline) {
        let waiting = queue.count
        let disruptions = client.observer.disruptions
        let high = cachedWatermarks.high ?? 0
        let isDue = state.withLock { state in
            if waiting == 0 { state.end.queueWasEmpty() }
            let unread = high - (state.position ?? high) - Int64(waiting)
            let isRefillDue = state.refill.isDue(waiting: waiting, batch: max, unread: unread)
            return isRefillDue || (waiting == 0 && state.end.needsConfirmation(disruptions: disruptions))
        }
        guard isDue else { return }
        let patience = Swift.min(1000, deadline.remainingMilliseconds)
        let answer = try? client.highWatermark(of: partition, timeoutMilliseconds: Swift.max(patience, 50))
        state.withLock { state in
            guard let position = state.position else { return }
            guard let answer else { return state.end.confirmationFailed() }
            if answer < position { state.failure = recreated(position, answer) }
            state.end.confirmed(isAtEnd: answer == position, disruptions: disruptions)
        }
    }

    private func finish(_ records: [KafkaRecord], isDrained: Bool) -> KafkaBatch {
        let (low, high) = cachedWatermarks
        let waiting = queue.count
        let reachedEnd = state.withLock { state in
            if waiting == 0 { state.end.queueWasEmpty() }
            state.refill.note(waiting: waiting + records.count)
            return isDrained && waiting == 0 && state.end.isReached(disruptions: client.observer.disruptions)
        }
        return KafkaBatch(records: records, highWatermark: high, logStart: low, reachedEnd: reachedEnd)
    }

    /// As last seen in answers to fetches; costs no round trip.
    private var cachedWatermarks: (low: Int64?, high: Int64?) {
        var low: Int64 = -1
        var high: Int64 = -1
        _ = rd_kafka_get_watermark_offsets(client.raw, partition.topic, partition.partition, &low, &high)
        return (low < 0 ? nil : low, high < 0 ? nil : high)
    }

    /// Reports how many messages lie between what was handed out and the end of the log.
    func recordLag() {
        guard let position, let high = cachedWatermarks.high else { return }
        lag.record(max(0, high - position))
    }
}

internal import CLibrdkafka
internal import Dispatch
internal import Synchronization
internal import Threads

/// The producer's own thread: takes delivery reports, errors and statistics from the library as they come.
final class DeliveryThread: Sendable {
    let tickets = SendTickets()

    private let client: Client
    private let events: ClientQueue
    private let isStopping = Atomic<Bool>(false)
    private let stopped = MonotonicSemaphore(value: 0)
    private let waiting = Atomic<Int>(0)
    private let room = MonotonicSemaphore(value: 0)

    init(_ client: Client) {
        self.client = client
        events = ClientQueue(rd_kafka_queue_get_main(client.raw), of: client)
        // A serial queue that never returns from its only block is a thread of our own.
        DispatchQueue(label: "kafka.producer.deliveries").async { [self] in run() }
    }

    /// Ends the thread and waits for it.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        events.wake()
        stopped.wait()
    }

    /// Blocks until some message has left the library's queue, or a moment has passed.
    func waitForRoom() {
        waiting.add(1, ordering: .acquiringAndReleasing)
        // The time-out covers a report that came just before we were counted.
        _ = room.wait(timeout: .now() + .milliseconds(10))
        waiting.subtract(1, ordering: .acquiringAndReleasing)
    }

    private func run() {
        defer { stopped.signal() }
        while !isStopping.load(ordering: .acquiring) {
            guard let event = rd_kafka_queue_poll(events.raw, 1000) else { continue }
            defer { rd_kafka_event_destroy(event) }
            switch rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_DR:
                takeReports(event)
                for _ in 0..<waiting.load(ordering: .acquiring) { room.signal() }
            case RD_KAFKA_EVENT_ERROR:
                let reason = rd_kafka_event_error_string(event).map { String(cString: $0) }
                client.observer.noteError(KafkaError(rd_kafka_event_error(event), reason: reason))
            case RD_KAFKA_EVENT_STATS:
                guard let json = rd_kafka_event_stats(event) else { continue }
                let length = String(cString: json).utf8.count
                client.observer.noteStatistics(UnsafeRawBufferPointer(start: json, count: length))
            default: continue
            }
        }
    }

    /// Reports come in runs of one call's messages; each run is handed over at once.
    private func takeReports(_ event: OpaquePointer) {
        var run: [(index: Int, delivery: KafkaDelivery)] = []
        var current = 0
        while let message = rd_kafka_event_message_next(event) {
            let (number, index) = SendTickets.untag(message.pointee._private)
            if number != current {
                if !run.isEmpty { tickets.resolve(current, run) }
                run.removeAll(keepingCapacity: true)
                current = number
            }
            run.append((index, KafkaDelivery(report: message)))
        }
        if !run.isEmpty { tickets.resolve(current, run) }
    }
}

extension KafkaDelivery {
    fileprivate init(report message: UnsafePointer<rd_kafka_message_t>) {
        guard message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else {
            self = .delivered(offset: message.pointee.offset)
            return
        }
        let topic = message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) } ?? ""
        let error = KafkaError(
            message.pointee.err, at: TopicPartition(topic: topic, partition: message.pointee.partition))
        let isAbsent = rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED
        self = isAbsent ? .notSent(error) : .unconfirmed(error)
    }
}

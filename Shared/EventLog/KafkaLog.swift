import City
import Kafka
import Logging
import Messages
import Postgres
import Synchronization

/// Kafka as a lane's output: frames wait in the outbox until the broker has acknowledged them.
///
/// The outbox has no cursor: what is there is unsent, and being removed is progress. A frame that was sent twice, by an
/// owner that died before it could remove it and by the next, is dropped by its readers' tapes.
final class KafkaLogSink: LogSink {
    private let topics: TopicTable
    private let producer: any RecordSending
    private static let sendTimeoutMilliseconds = 30_000

    init(topics: TopicTable, producer: any RecordSending) {
        self.topics = topics
        self.producer = producer
    }

    func partitions(of topic: Topic) throws -> Int { try topics.partitions(of: topic) }

    func store(_ frames: [LogFrame], lane: Int32, in transaction: PostgresTransaction) throws {
        if PlantedFault.produceBeforeCommit.isActive { try send(frames, lane: lane) }
        try transaction.enqueue(
            """
            INSERT INTO eventlog.outbox (lane, topic, partition, count, first_number, records)
            SELECT \(lane), f.topic, f.partition, f.count, f.first_number, f.records
            FROM unnest(\(frames.map(\.topic.name)), \(frames.map { Int16($0.partition) }),
                        \(frames.map { Int32($0.count) }), \(frames.map(\.firstNumber)), \(frames.map(\.records)))
                 WITH ORDINALITY AS f (topic, partition, count, first_number, records, place)
            ORDER BY f.place
            """)
    }

    /// Sends what was just committed. Only the lane's own process does so, on the lane's thread: one writer, in order.
    func publish(_ frames: [LogFrame], lane: Int32, session: PostgresSession) throws {
        guard !frames.isEmpty else { return }
        try send(frames, lane: lane)
        if PlantedFault.cursorOverOutbox.isActive { try moveCursor(past: frames, lane: lane, session: session) }
        // By number, not by id: exactly what was acknowledged, whatever else the outbox holds.
        try session.execute(
            """
            DELETE FROM eventlog.outbox o
            USING (
                SELECT \(rows: frames.map(\.topic.name), frames.map { Int16($0.partition) }, frames.map(\.firstNumber))
            ) AS f (topic, partition, first_number)
            WHERE o.lane = \(lane) AND o.topic = f.topic AND o.partition = f.partition
              AND o.first_number = f.first_number
            """)
    }

    func publishLeftovers(lane: Int32, session: PostgresSession) throws {
        if PlantedFault.cursorOverOutbox.isActive { try dropBelowCursor(lane: lane, session: session) }
        while true {
            let rows = try session.query(
                """
                SELECT topic, partition, count, first_number, records FROM eventlog.outbox
                WHERE lane = \(lane) ORDER BY id LIMIT 64
                """)
            let frames = try rows.decode((String, Int16, Int32, Int64, [UInt8]).self).map {
                LogFrame(
                    topic: Topic(name: $0.0), partition: Int($0.1), count: Int($0.2), firstNumber: $0.3, records: $0.4)
            }
            if frames.isEmpty { return }
            try publish(frames, lane: lane, session: session)
        }
    }

    private func send(_ frames: [LogFrame], lane: Int32) throws {
        var records = try frames.flatMap { frame in
            try RecordBatch(decoding: frame.records).messages(
                topic: frame.topic, partition: frame.partition, baseOffset: 0, producer: Int(lane),
                firstNumber: frame.firstNumber
            ).map { KafkaEnvelope.record(from: $0) }
        }
        if PlantedFault.twoRelays.isActive { records = deal(records) }
        try producer.send(records, timeoutMilliseconds: KafkaLogSink.sendTimeoutMilliseconds)
    }
}

/// Brings records to the brokers.
protocol RecordSending: Sendable {
    /// Blocks until all records are acknowledged.
    ///
    /// - Throws: ``LaneError/Code/unavailable`` when any was not: the caller keeps its outbox and tries again.
    func send(_ records: [KafkaRecordToSend], timeoutMilliseconds: Int) throws
}

/// The process's producer, made anew when it has lost its idempotence.
final class KafkaProducerHolder: RecordSending {
    private let settings: KafkaSettings
    private let logger: Logger
    private let current = Mutex<KafkaProducer?>(nil)

    init(settings: KafkaSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    func send(_ records: [KafkaRecordToSend], timeoutMilliseconds: Int) throws {
        let producer = try current.withLock { current in
            if let current { return current }
            let made = try KafkaProducer(settings, logger: logger)
            current = made
            return made
        }
        do {
            let deliveries = try producer.send(records, timeoutMilliseconds: timeoutMilliseconds)
            if let failed = deliveries.compactMap(\.error).first { throw failed }
        } catch {
            if let error = error as? KafkaError, error.isFatal {
                current.withLock { $0 = $0 === producer ? nil : $0 }
            }
            throw LaneError(.unavailable, "the broker did not acknowledge: \(error)")
        }
    }

    func close() {
        let producer = current.withLock { current in
            defer { current = nil }
            return current
        }
        producer?.close(timeoutMilliseconds: 5_000)
    }
}

/// One partition of a Kafka topic, as a lane's input.
final class KafkaLogSource: LaneSource, Sendable {
    /// Nil for a moment while the consumer is being made.
    private let consumer: @Sendable () -> KafkaConsumer?
    private let partition: TopicPartition

    private struct State {
        /// The offset the consumer would give next; nil: it has not been told where to begin.
        var expected: Int64?
        /// What the consumer gave last. A batch whose transaction failed is taken from here again: to begin anew at the
        /// broker would stop and start all partitions of the process, which 2.0.2 does not survive in quick succession.
        var last: [Message] = []
    }

    private let state: Mutex<State>

    /// - Parameter startingAt: where the consumer was told to begin.
    init(partition: TopicPartition, startingAt: Int64?, consumer: @escaping @Sendable () -> KafkaConsumer?) {
        self.consumer = consumer
        self.partition = partition
        state = Mutex(State(expected: startingAt))
    }

    /// A waiting fetch ends by itself after the lane's idle time.
    func wake() {}

    func expectTick(at moment: Timestamp?) {}

    /// What was given last is kept: after a failure it is most likely wanted again.
    func forget() {}

    func firstOffset(session: PostgresSession) throws -> Int64 {
        try reading { try $0.watermarks(of: partition).low }
    }

    func fetch(from offset: Int64, max: Int, waitMilliseconds: Int, session: PostgresSession) throws -> Fetched {
        if let kept = kept(from: offset, max: max) { return kept }
        return try reading { consumer in
            if state.withLock({ $0.expected }) != offset {
                // Until the consumer stands at the offset, nothing it gives may be taken for what comes next.
                state.withLock { $0 = State() }
                try consumer.restart(of: partition, at: offset)
            }
            let batch = try consumer.nextBatch(of: partition, max: max, waitMilliseconds: waitMilliseconds)
            let messages = batch.records.map { KafkaEnvelope.message(from: $0) }
            state.withLock { state in
                state.expected = messages.last.map { $0.offset + 1 } ?? offset
                if !messages.isEmpty { state.last = messages }
            }
            return Fetched(messages: messages, reachedEnd: batch.reachedEnd)
        }
    }

    /// Messages that were given before and not handled; nil when the position is past them.
    private func kept(from offset: Int64, max: Int) -> Fetched? {
        state.withLock { state in
            guard let first = state.last.firstIndex(where: { $0.offset == offset }) else { return nil }
            return Fetched(messages: Array(state.last[first...].prefix(max)), reachedEnd: false)
        }
    }

    private func reading<Result>(_ body: (KafkaConsumer) throws -> Result) throws -> Result {
        guard let consumer = consumer() else { throw LaneError(.unavailable, "the consumer is being made") }
        do {
            return try body(consumer)
        } catch let error as KafkaError {
            switch error.code {
            case .offsetOutOfRange, .topicRecreated:
                throw LaneError(.positionLost, "\(partition): \(error)")
            case .partitionLost, .closed:
                throw LaneError(.fenced, "the partition went to another member")
            default:
                throw LaneError(.unavailable, "the broker cannot be read: \(error)")
            }
        }
    }
}

/// CloudEvents 1.0 on Kafka: binary mode out; binary and structured mode in.
enum KafkaEnvelope {
    /// The end of the year 9999.
    private static let latestStampMilliseconds: Int64 = 253_402_300_799_999

    static func record(from message: Message) -> KafkaRecordToSend {
        var headers: [KafkaHeader] = []
        func add(_ name: String, _ value: String) { headers.append(KafkaHeader(name: name, value: Array(value.utf8))) }
        add("ce_specversion", "1.0")
        add("ce_id", message.id)
        add("ce_source", "/wangge/\(message.source)")
        add("ce_type", message.type)
        add("ce_subject", message.subject)
        add("ce_time", message.time.rfc3339)
        add("content-type", "application/json")
        if let traceparent = message.traceparent { add("traceparent", traceparent) }
        add("wangge_lane", String(message.producer))
        add("wangge_number", String(message.number))
        for (name, value) in message.attributes.sorted(by: { $0.key < $1.key }) { add("ce_\(name)", value) }
        return KafkaRecordToSend(
            topic: message.topic.name, partition: Int32(message.partition), key: Array(message.key.utf8),
            value: message.payload, headers: headers)
    }

    /// Any record becomes a message; one that is no CloudEvent gets an empty type and is refused by its handler.
    ///
    /// Where others write, numbers of a tape are theirs and mean nothing: believed, one forged number would be a gap that
    /// the lane waits for, and stops.
    static func message(from record: KafkaRecord) -> Message {
        var attributes: [String: String] = [:]
        for header in record.headers {
            attributes[header.name.lowercased()] = String(decoding: header.value, as: UTF8.self)
        }
        let topic = Topic(name: record.topic)
        let contentType = attributes.removeValue(forKey: "content-type") ?? ""
        var producer = attributes.removeValue(forKey: "wangge_lane").flatMap { Int($0) } ?? 0
        var number = attributes.removeValue(forKey: "wangge_number").flatMap { Int64($0) } ?? 0
        if topic.isInbound { (producer, number) = (0, 0) }
        // Writers may stamp their records as they like.
        let stamp = min(max(record.timestampMilliseconds, 0), latestStampMilliseconds)
        let arrival = Timestamp(microseconds: stamp * 1_000)
        var payload = record.value ?? []
        func take(_ name: String) -> String { attributes.removeValue(forKey: "ce_\(name)") ?? "" }
        var type = take("type")
        var id = take("id")
        var source = take("source")
        var subject = take("subject")
        var time = Timestamp(rfc3339: take("time")) ?? arrival
        if contentType.hasPrefix("application/cloudevents+json"), let event = try? JSONDocument(payload).root {
            type = event["type"]?.string ?? type
            id = event["id"]?.string ?? id
            source = event["source"]?.string ?? source
            subject = event["subject"]?.string ?? subject
            time = event["time"]?.timestamp ?? time
            payload = event["data"].map { Array($0.rawBytes) } ?? []
        }
        _ = take("specversion")
        let traceparent = attributes.removeValue(forKey: "traceparent")
        let own = source.hasPrefix("/wangge/") && producer != 0
        return Message(
            topic: topic, partition: Int(record.partition), offset: record.offset,
            key: record.key.map { String(decoding: $0, as: UTF8.self) } ?? "", subject: subject, type: type,
            source: own ? String(source.dropFirst("/wangge/".count)) : source, foreignID: own ? nil : id, time: time,
            traceparent: traceparent,
            attributes: Dictionary(
                uniqueKeysWithValues: attributes.filter { $0.key.hasPrefix("ce_") }
                    .map { (String($0.key.dropFirst(3)), $0.value) }),
            producer: producer, number: number, payload: payload)
    }
}

import Kafka
import Messages

/// Copies one partition to Kafka, after what an earlier attempt left there.
struct KafkaPartitionCopy {
    let plan: PartitionCopyPlan
    let source: LogReader
    let target: LogReader
    let producer: KafkaProducer
    let sendTimeoutMilliseconds: Int
    /// Messages of the plan that are in the other log.
    private(set) var copied = 0

    /// Read from the source and not yet found or sent.
    private var ahead: ArraySlice<Message> = []
    private var readUpTo: Int64
    private var positions: [Int32: Int64] = [:]
    /// Where the next copy will be.
    private var end: Int64 = 0

    init(
        plan: PartitionCopyPlan, source: LogReader, target: LogReader, producer: KafkaProducer,
        sendTimeoutMilliseconds: Int
    ) {
        self.plan = plan
        self.source = source
        self.target = target
        self.producer = producer
        self.sendTimeoutMilliseconds = sendTimeoutMilliseconds
        readUpTo = plan.offsets.lowerBound
    }

    /// - Returns: The lanes' positions in the other log.
    mutating func run(_ progress: (Int) -> Void) throws -> [Int32: Int64] {
        try findEarlier()
        while try next() != nil {
            try send(Array(ahead))
            progress(copied)
        }
        for lane in plan.lanes where positions[lane.id] == nil { positions[lane.id] = end }
        return positions
    }

    /// Goes over what is at the broker already, which must be the beginning of what is to be copied.
    private mutating func findEarlier() throws {
        let there = try target.offsets(of: plan.topic, partition: plan.partition)
        end = there.upperBound
        var offset = there.lowerBound
        var lastNumber: [Int: Int64] = [:]
        while offset < there.upperBound {
            let found = try target.messages(
                of: plan.topic, partition: plan.partition, from: offset, limit: LogCopy.batch)
            guard let last = found.last else { break }
            for message in found {
                if let expected = try next(), expected.isSame(as: message) {
                    note(expected, at: message.offset)
                    lastNumber[message.producer] = message.number
                } else if message.producer == 0 || message.number > lastNumber[message.producer] ?? 0 {
                    // Not even a repeat of an attempt whose acknowledgement was lost.
                    throw LogCopyError.otherMessages(
                        topic: plan.topic.name, partition: plan.partition, offset: message.offset)
                }
            }
            offset = last.offset + 1
        }
    }

    private mutating func send(_ batch: [Message]) throws {
        let deliveries = try producer.send(batch.map(\.kafkaCopy), timeoutMilliseconds: sendTimeoutMilliseconds)
        for (message, delivery) in zip(batch, deliveries) {
            guard let offset = delivery.offset else {
                let reason = delivery.error.map { "\($0)" } ?? ""
                throw LaneError(.unavailable, "the broker did not acknowledge: \(reason)")
            }
            note(message, at: offset)
            end = offset + 1
        }
    }

    /// The next message to be found or sent; nil at the end of the plan.
    private mutating func next() throws -> Message? {
        if ahead.isEmpty, readUpTo < plan.offsets.upperBound {
            let limit = min(Int64(LogCopy.batch), plan.offsets.upperBound - readUpTo)
            ahead =
                try source.messages(of: plan.topic, partition: plan.partition, from: readUpTo, limit: Int(limit))[...]
            guard let last = ahead.last else {
                throw LaneError(.positionLost, "\(plan.topic)/\(plan.partition) ends before \(plan.offsets.upperBound)")
            }
            readUpTo = last.offset + 1
        }
        return ahead.first
    }

    private mutating func note(_ message: Message, at offset: Int64) {
        ahead = ahead.dropFirst()
        copied += 1
        for lane in plan.lanes where lane.position == message.offset { positions[lane.id] = offset }
    }
}

extension Message {
    /// Whether the other is a copy of this one.
    fileprivate func isSame(as other: Message) -> Bool {
        producer == other.producer && number == other.number && key == other.key && type == other.type
            && payload == other.payload
    }

    /// The message for Kafka, in the partition where it is.
    fileprivate var kafkaCopy: KafkaRecordToSend {
        var record = KafkaEnvelope.record(from: self)
        guard producer == 0 else { return record }
        // Came from outside: its source is nobody of the suite.
        for index in record.headers.indices where record.headers[index].name == "ce_source" {
            record.headers[index].value = Array(source.utf8)
        }
        return record
    }
}

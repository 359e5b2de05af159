import City
import Messages

@testable import EventLog
@testable import Kafka

extension FuzzTarget {
    static let messageTargets = [
        FuzzTarget("messages") { try MessageBodies.check($0) },
        FuzzTarget("envelope") { try Envelope.check($0) },
        FuzzTarget("record-batch") { try Frames.check($0) },
    ]
}

/// A payload is refused with a reason, or comes back as it was read.
private enum MessageBodies {
    private static let kinds: [@Sendable ([UInt8]) throws -> Void] = [
        { try roundTrip($0, ReportAccepted.self) }, { try roundTrip($0, ReportRejected.self) },
        { try roundTrip($0, OutcomeReported.self) }, { try roundTrip($0, CaseChanged.self) },
        { try roundTrip($0, ClockFired.self) }, { try roundTrip($0, PointsChanged.self) },
    ]

    /// The first byte picks the kind.
    static func check(_ bytes: [UInt8]) throws {
        let (choice, payload) = bytes.split
        try kinds[choice % kinds.count](payload)
    }

    private static func roundTrip<Body: MessageBody & Hashable>(_ payload: [UInt8], _ type: Body.Type) throws {
        guard let body = try read(payload, type) else { return }
        let sent = OutgoingMessage(body, on: .cases, key: "", subject: "", time: .earliest)
        try promise(try read(sent.payload, type) == body, "it does not come back equal")
    }

    private static func read<Body: MessageBody>(_ payload: [UInt8], _ type: Body.Type) throws -> Body? {
        let message = Message(
            topic: .cases, partition: 0, offset: 0, key: "", subject: "", type: Body.type, source: "fuzz",
            time: .earliest, producer: 1, number: 1, payload: payload)
        do {
            return try message.decode(Body.self)
        } catch is MessageFault {
            return nil
        }
    }
}

/// Any Kafka record becomes a message; one of ours comes back as it was.
private enum Envelope {
    /// The name of the topic in the first line, headers in the next ones, an empty line, the value.
    static func check(_ bytes: [UInt8]) throws {
        let (lines, value) = bytes.headersAndBody
        let topic = lines.first?.name ?? ""
        let record = KafkaRecord(
            topic: topic, partition: 3, offset: 7, timestampMilliseconds: Int64(bytes.count) * 1_000_000_000_000,
            key: lines.count % 2 == 0 ? nil : value, value: value.isEmpty ? nil : value,
            headers: lines.dropFirst().map { KafkaHeader(name: $0.name, value: $0.value) })
        let message = KafkaEnvelope.message(from: record)
        try promise(message.partition == 3 && message.offset == 7, "it lies elsewhere")
        if Topic(name: topic).isInbound {
            try promise(message.producer == 0 && message.number == 0, "a number from outside is believed")
        }
        guard message.producer != 0, message.foreignID == nil, message.time < .end else { return }
        let sent = KafkaEnvelope.record(from: message)
        let again = KafkaEnvelope.message(
            from: KafkaRecord(
                topic: topic, partition: sent.partition, offset: 7, timestampMilliseconds: 0, key: sent.key,
                value: sent.value, headers: sent.headers))
        try promise(
            again.key == message.key && again.subject == message.subject && again.type == message.type
                && again.source == message.source && again.time == message.time && again.payload == message.payload
                && again.producer == message.producer && again.number == message.number
                && again.traceparent == message.traceparent && again.attributes == message.attributes
                && again.foreignID == nil,
            "sent and read again it is another message: \(message) and \(again)")
    }
}

/// A frame is refused, or framed again it says the same.
private enum Frames {
    static func check(_ bytes: [UInt8]) throws {
        let batch: RecordBatch
        do { batch = try RecordBatch(decoding: bytes) } catch is MessageFault { return }
        let once = framed(batch)
        let twice = framed(try RecordBatch(decoding: once))
        try promise(once == twice, "framed again it differs")
        try promise(try RecordBatch(decoding: once).records.count == batch.records.count, "messages are lost")
    }

    private static func framed(_ batch: RecordBatch) -> [UInt8] {
        var writer = RecordBatchWriter(source: batch.source)
        for message in batch.messages(topic: .cases, partition: 0, baseOffset: 0, producer: 1, firstNumber: 1) {
            writer.append(message)
        }
        return writer.bytes
    }
}

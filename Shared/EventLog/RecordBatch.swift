import City
import Messages

/// How messages are framed when several travel as one value: in a row of the log or of the outbox.
///
/// Version byte, source, then per message: key, subject, type, foreign id, traceparent, attributes, payload, each with
/// a varint length, and the time as eight bytes. A message's offset and number follow from those of the first.
struct RecordBatch {
    static let version: UInt8 = 1

    /// One framed message.
    struct Record {
        var key: String
        var subject: String
        var type: String
        var foreignID: String
        var traceparent: String
        var attributes: [String: String]
        var time: Timestamp
        var payload: [UInt8]
    }

    var source: String
    var records: [Record]

    /// - Throws: ``MessageFault`` when the frame is damaged.
    init(decoding bytes: [UInt8]) throws {
        var reader = FrameReader(bytes: bytes)
        guard try reader.byte() == RecordBatch.version else { throw MessageFault(reason: "unknown frame version") }
        source = try reader.text()
        records = []
        while !reader.isAtEnd {
            records.append(
                Record(
                    key: try reader.text(), subject: try reader.text(), type: try reader.text(),
                    foreignID: try reader.text(), traceparent: try reader.text(), attributes: try reader.attributes(),
                    time: Timestamp(microseconds: try reader.integer()), payload: try reader.blob()))
        }
    }

    /// The messages of a batch that begins at `baseOffset` with number `firstNumber`.
    func messages(
        topic: Topic, partition: Int, baseOffset: Int64, producer: Int, firstNumber: Int64
    ) -> [Message] {
        records.enumerated().map { index, record in
            Message(
                topic: topic, partition: partition, offset: baseOffset + Int64(index), key: record.key,
                subject: record.subject, type: record.type, source: source,
                foreignID: record.foreignID.isEmpty ? nil : record.foreignID, time: record.time,
                traceparent: record.traceparent.isEmpty ? nil : record.traceparent, attributes: record.attributes,
                producer: producer, number: producer == 0 ? 0 : firstNumber + Int64(index), payload: record.payload)
        }
    }
}

/// Builds a frame message by message.
struct RecordBatchWriter {
    private(set) var bytes: [UInt8]
    private(set) var count = 0

    init(source: String) {
        bytes = [RecordBatch.version]
        append(source)
    }

    mutating func append(_ message: OutgoingMessage) {
        append(
            key: message.key, subject: message.subject, type: message.type, foreignID: message.foreignID ?? "",
            traceparent: message.traceparent ?? "", attributes: message.attributes, time: message.time,
            payload: message.payload)
    }

    /// Frames a message as it was read; what does not fit a frame (topic, offset, number) is kept beside it.
    mutating func append(_ message: Message) {
        append(
            key: message.key, subject: message.subject, type: message.type, foreignID: message.foreignID ?? "",
            traceparent: message.traceparent ?? "", attributes: message.attributes, time: message.time,
            payload: message.payload)
    }

    private mutating func append(
        key: String, subject: String, type: String, foreignID: String, traceparent: String,
        attributes: [String: String], time: Timestamp, payload: [UInt8]
    ) {
        append(key)
        append(subject)
        append(type)
        append(foreignID)
        append(traceparent)
        append(length: attributes.count)
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            append(name)
            append(value)
        }
        withUnsafeBytes(of: time.microseconds.littleEndian) { bytes.append(contentsOf: $0) }
        append(length: payload.count)
        bytes.append(contentsOf: payload)
        count += 1
    }

    private mutating func append(_ text: String) {
        append(length: text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(length: Int) {
        var rest = length
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

private struct FrameReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw MessageFault(reason: "frame ends early") }
        position += 1
        return bytes[position - 1]
    }

    mutating func length() throws -> Int {
        var value = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            let next = try byte()
            value |= Int(next & 0x7F) << shift
            if next < 0x80 { return value }
        }
        throw MessageFault(reason: "frame has an oversized length")
    }

    mutating func blob() throws -> [UInt8] {
        let count = try length()
        guard count <= bytes.count - position else { throw MessageFault(reason: "frame ends early") }
        position += count
        return Array(bytes[position - count..<position])
    }

    mutating func text() throws -> String {
        let count = try length()
        guard count <= bytes.count - position else { throw MessageFault(reason: "frame ends early") }
        position += count
        return String(decoding: bytes[position - count..<position], as: UTF8.self)
    }

    mutating func attributes() throws -> [String: String] {
        var attributes: [String: String] = [:]
        for _ in 0..<(try length()) { attributes[try text()] = try text() }
        return attributes
    }

    mutating func integer() throws -> Int64 {
        guard bytes.count - position >= 8 else { throw MessageFault(reason: "frame ends early") }
        position += 8
        return (1...8).reduce(Int64(0)) { $0 << 8 | Int64(bytes[position - $1]) }
    }
}

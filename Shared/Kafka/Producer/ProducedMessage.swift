internal import CLibrdkafka

/// A topic in the library's own form; saves looking up its name for every message.
final class TopicHandle: Sendable {
    private let pointer: ThreadSafePointer
    private let client: Client

    var raw: OpaquePointer { pointer.raw }
    var clientPointer: OpaquePointer { client.raw }

    /// - Parameter topic: Owned by the new object.
    init(_ topic: OpaquePointer, of client: Client) {
        self.pointer = ThreadSafePointer(raw: topic)
        self.client = client
    }

    deinit { rd_kafka_topic_destroy(raw) }
}

extension KafkaRecordToSend {
    /// Copies the message into the library's queue.
    ///
    /// - Returns: The library's error, owned by the caller, or `nil` when it was taken.
    func produce(to topic: TopicHandle, tag: UnsafeMutableRawPointer?) -> OpaquePointer? {
        let headers = makeHeaders()
        let error = KafkaRecordToSend.withOptionalBytes(key) { key in
            KafkaRecordToSend.withOptionalBytes(value) { value in
                withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 8) { arguments in
                    arguments.initialize(repeating: rd_kafka_vu_t())
                    arguments[0].vtype = RD_KAFKA_VTYPE_RKT
                    arguments[0].u.rkt = topic.raw
                    arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION
                    arguments[1].u.i32 = partition
                    arguments[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                    arguments[2].u.i = Int32(RD_KAFKA_MSG_F_COPY)
                    arguments[3].vtype = RD_KAFKA_VTYPE_KEY
                    arguments[3].u.mem = .init(ptr: key.pointer, size: key.count)
                    arguments[4].vtype = RD_KAFKA_VTYPE_VALUE
                    arguments[4].u.mem = .init(ptr: value.pointer, size: value.count)
                    arguments[5].vtype = RD_KAFKA_VTYPE_OPAQUE
                    arguments[5].u.ptr = tag
                    arguments[6].vtype = RD_KAFKA_VTYPE_TIMESTAMP
                    arguments[6].u.i64 = timestampMilliseconds ?? 0
                    arguments[7].vtype = RD_KAFKA_VTYPE_HEADERS
                    arguments[7].u.headers = headers
                    return rd_kafka_produceva(topic.clientPointer, arguments.baseAddress, headers == nil ? 7 : 8)
                }
            }
        }
        // The library owns the headers from here, unless it refused the message.
        if error != nil, let headers { rd_kafka_headers_destroy(headers) }
        return error
    }

    private func makeHeaders() -> OpaquePointer? {
        if headers.isEmpty { return nil }
        let list = rd_kafka_headers_new(headers.count)
        for header in headers {
            header.value.withUnsafeBytes { value in
                let address = value.baseAddress ?? UnsafeRawPointer(KafkaRecordToSend.somewhere)
                // Room was made above, so adding cannot fail.
                _ = rd_kafka_header_add(list, header.name, header.name.utf8.count, address, value.count)
            }
        }
        return list
    }

    /// Distinguishes absent bytes (no pointer) from zero bytes (a pointer to nothing in particular).
    private static func withOptionalBytes<Result>(
        _ bytes: [UInt8]?, _ body: ((pointer: UnsafeMutableRawPointer?, count: Int)) -> Result
    ) -> Result {
        guard let bytes else { return body((nil, 0)) }
        return bytes.withUnsafeBytes { buffer in
            body((UnsafeMutableRawPointer(mutating: buffer.baseAddress ?? UnsafeRawPointer(somewhere)), buffer.count))
        }
    }

    /// A valid address for bytes whose count is 0. Never read or written, hence safe to share.
    nonisolated(unsafe) private static let somewhere = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
}

internal import CLibrdkafka

extension KafkaRecord {
    /// Copies a message out of the library.
    init(_ message: borrowing rd_kafka_message_t, pointer: UnsafePointer<rd_kafka_message_t>, topic: String) {
        var timestampType = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = rd_kafka_message_timestamp(pointer, &timestampType)
        self.init(
            topic: topic, partition: message.partition, offset: message.offset, timestampMilliseconds: timestamp,
            key: KafkaRecord.bytes(message.key, message.key_len),
            value: KafkaRecord.bytes(message.payload, message.len),
            headers: KafkaRecord.headers(of: pointer))
    }

    private static func bytes(_ start: UnsafeMutableRawPointer?, _ count: Int) -> [UInt8]? {
        start.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: count)) }
    }

    private static func headers(of message: UnsafePointer<rd_kafka_message_t>) -> [KafkaHeader] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        let count = rd_kafka_header_cnt(list)
        var headers: [KafkaHeader] = []
        headers.reserveCapacity(count)
        for index in 0..<count {
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            guard rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
                let name
            else { break }
            headers.append(
                KafkaHeader(
                    name: String(cString: name), value: [UInt8](UnsafeRawBufferPointer(start: value, count: size))))
        }
        return headers
    }
}

internal import CLibrdkafka

/// Partitions in the library's own form, for as long as a closure runs.
enum PartitionList {
    typealias Pointer = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// Calls `body` with a list of partitions at the offsets given.
    static func with<Result>(_ offsets: [TopicPartition: Int64], _ body: (Pointer) throws -> Result) rethrows -> Result
    {
        let list = rd_kafka_topic_partition_list_new(Int32(clamping: offsets.count))!
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (partition, offset) in offsets {
            rd_kafka_topic_partition_list_add(list, partition.topic, partition.partition).pointee.offset = offset
        }
        return try body(list)
    }

    /// Calls `body` with a list of topics, as subscriptions want it.
    static func with<Result>(topics: [String], _ body: (Pointer) throws -> Result) rethrows -> Result {
        let unassigned = topics.map { (TopicPartition(topic: $0, partition: -1), Int64(RD_KAFKA_OFFSET_INVALID)) }
        return try with(Dictionary(unassigned) { first, _ in first }, body)
    }

    static func read(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
        (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            return TopicPartition(topic: String(cString: element.topic), partition: element.partition)
        }
    }

    static func readOffsets(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [(TopicPartition, Int64)] {
        zip(read(list), 0..<Int(list.pointee.cnt)).map { ($0, list.pointee.elems[$1].offset) }
    }
}

/// One partition of one topic: the unit of order.
public struct TopicPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var topic: String
    /// Counts from 0.
    public var partition: Int32

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// `topic/partition`, as it is written in logs.
    public var description: String { "\(topic)/\(partition)" }

    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// A named value beside a message. The same name may occur more than once; order is kept.
public struct KafkaHeader: Hashable, Sendable {
    public var name: String
    /// A null value, which the protocol allows, reads as an empty one.
    public var value: [UInt8]

    public init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// A header whose value is the UTF-8 of `value`.
    public init(name: String, value: String) {
        self.init(name: name, value: Array(value.utf8))
    }
}

/// A message as it was read from the log.
public struct KafkaRecord: Hashable, Sendable {
    public var topic: String
    public var partition: Int32
    /// Its place in the partition. Grows, but not always by one: compaction and transaction markers leave holes.
    public var offset: Int64
    /// Milliseconds since 1970, as set by the producer or the broker; -1 when there is none.
    public var timestampMilliseconds: Int64
    /// `nil` when the message has no key, which differs from an empty one.
    public var key: [UInt8]?
    /// `nil` for a tombstone, which differs from an empty value.
    public var value: [UInt8]?
    public var headers: [KafkaHeader]

    public init(
        topic: String, partition: Int32, offset: Int64, timestampMilliseconds: Int64, key: [UInt8]?, value: [UInt8]?,
        headers: [KafkaHeader]
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// A message on its way to the log, with the partition already decided by the sender.
public struct KafkaRecordToSend: Hashable, Sendable {
    public var topic: String
    public var partition: Int32
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [KafkaHeader]
    /// Milliseconds since 1970; `nil` lets the client stamp the message when it is sent.
    public var timestampMilliseconds: Int64?

    public init(
        topic: String, partition: Int32, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader] = [],
        timestampMilliseconds: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
    }

    var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }
}

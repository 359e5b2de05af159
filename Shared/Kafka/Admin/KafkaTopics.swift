/// A topic to be created.
public struct KafkaTopicSpec: Hashable, Sendable {
    public var name: String
    public var partitions: Int
    /// Copies of each partition; -1 leaves it to the broker.
    public var replicationFactor: Int
    /// Topic configuration by the brokers' names, such as `retention.ms` or `cleanup.policy`.
    public var configuration: [String: String]

    public init(name: String, partitions: Int, replicationFactor: Int = -1, configuration: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.configuration = configuration
    }
}

/// What came of a request to create or delete a topic.
public enum KafkaTopicOutcome: Hashable, Sendable {
    /// It was done now.
    case done
    /// It was so before: the topic to create exists, or the one to delete does not.
    case already
    case failed(KafkaError)
}

/// A topic as the brokers have it.
public struct KafkaTopicDescription: Hashable, Sendable {
    public var name: String
    public var exists: Bool
    /// In the order of their numbers; empty when the topic does not exist.
    public var partitions: [KafkaPartitionDescription]
}

/// One partition as the brokers have it.
public struct KafkaPartitionDescription: Hashable, Sendable {
    public var partition: Int32
    /// The broker that takes reads and writes; `nil` while there is none.
    public var leader: Int32?
    /// Brokers that hold a copy.
    public var replicas: [Int32]
    /// Those of them that are up to date.
    public var inSyncReplicas: [Int32]
}

/// The brokers, as one of them describes them.
public struct KafkaClusterDescription: Hashable, Sendable {
    public struct Broker: Hashable, Sendable {
        public var id: Int32
        public var host: String
        public var port: Int32
    }

    /// `nil` when the brokers do not give one.
    public var id: String?
    public var controller: Int32?
    public var brokers: [Broker]
}

/// How far a group is behind in one partition.
public struct KafkaLag: Hashable, Sendable {
    /// The group's mirrored position; `nil` when it has none.
    public var position: Int64?
    /// The first offset kept.
    public var low: Int64
    /// The offset the next message will get.
    public var high: Int64

    public init(position: Int64?, low: Int64, high: Int64) {
        self.position = position
        self.low = low
        self.high = high
    }

    /// Messages not yet consumed; all that are kept when the group has no position.
    public var messages: Int64 { max(0, high - max(low, position ?? low)) }
}

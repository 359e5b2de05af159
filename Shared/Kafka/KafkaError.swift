internal import CLibrdkafka

/// Why something about Kafka did not work.
///
/// The description is bland: it names topics, partitions, settings and broker error codes, never keys, values or
/// secrets, so it may be logged and shown.
public struct KafkaError: Error, Hashable, Sendable {
    /// What kind of failure this is, for deciding what to do next. More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case configuration, timedOut, offsetOutOfRange, topicRecreated, partitionLost, positionUnknown
            case closed, fatal, client, broker
        }

        private let kind: Kind

        /// A setting is unknown, malformed, reserved or cannot be used; `property` names it.
        public static let configuration = Code(kind: .configuration)
        /// No answer in the time the caller allowed. What was asked may still happen.
        public static let timedOut = Code(kind: .timedOut)
        /// The position lies before what the log keeps: messages were removed before they were read.
        public static let offsetOutOfRange = Code(kind: .offsetOutOfRange)
        /// The log ends before the position: the topic was deleted and created again, or restored from a copy.
        public static let topicRecreated = Code(kind: .topicRecreated)
        /// The partition is not, or no longer, assigned to this consumer.
        public static let partitionLost = Code(kind: .partitionLost)
        /// The partition is assigned, but nobody has said where to start.
        public static let positionUnknown = Code(kind: .positionUnknown)
        /// The client was closed.
        public static let closed = Code(kind: .closed)
        /// The client can no longer keep its promises and must be replaced by a new one.
        public static let fatal = Code(kind: .fatal)
        /// The client library reported an error of its own, such as no connection.
        public static let client = Code(kind: .client)
        /// A broker answered with an error.
        public static let broker = Code(kind: .broker)

        public var description: String { kind.rawValue }
    }

    public var code: Code
    /// librdkafka's number: negative for the client's own errors, positive for the protocol's, 0 when neither spoke.
    public var rdkafkaCode: Int32
    /// librdkafka's name of that number, such as `NOT_LEADER_FOR_PARTITION`; empty when there is none.
    public var rdkafkaName: String
    /// Whether the client has to be closed and a new one made.
    public var isFatal: Bool
    /// Whether the same call may succeed later without anybody changing anything.
    public var isRetriable: Bool
    public var topic: String?
    public var partition: Int32?
    /// The setting at fault, for ``Code/configuration``.
    public var property: String?
    /// One sentence without data.
    public var reason: String

    init(
        _ code: Code, reason: String, isRetriable: Bool = false, at partition: TopicPartition? = nil,
        property: String? = nil
    ) {
        self.code = code
        self.rdkafkaCode = 0
        self.rdkafkaName = ""
        self.isFatal = false
        self.isRetriable = isRetriable
        self.topic = partition?.topic
        self.partition = partition?.partition
        self.property = property
        self.reason = reason
    }

    static func configuration(_ property: String, _ reason: String) -> KafkaError {
        KafkaError(.configuration, reason: reason, property: property)
    }

    static let closed = KafkaError(.closed, reason: "the client is closed")

    static func timedOut(_ waitedFor: String, at partition: TopicPartition? = nil) -> KafkaError {
        KafkaError(.timedOut, reason: "no \(waitedFor) in the allowed time", isRetriable: true, at: partition)
    }

    static func partitionLost(_ partition: TopicPartition) -> KafkaError {
        KafkaError(.partitionLost, reason: "the partition is not assigned to this consumer", at: partition)
    }
}

extension KafkaError: CustomStringConvertible {
    public var description: String {
        var text = "kafka \(code)"
        if let topic { text += " \(topic)" + (partition.map { "/\($0)" } ?? "") }
        if let property { text += " \(property)" }
        text += ": \(reason)"
        if !rdkafkaName.isEmpty { text += " (\(rdkafkaName), \(rdkafkaCode))" }
        return text
    }
}

extension KafkaError {
    /// Reads everything worth knowing from an error number of the library.
    init(_ error: rd_kafka_resp_err_t, at partition: TopicPartition? = nil, reason: String? = nil) {
        let isFatal = error == RD_KAFKA_RESP_ERR__FATAL || error == RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE
        let code: Code =
            switch error {
            case _ where isFatal: .fatal
            case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT: .timedOut
            case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: .offsetOutOfRange
            default: error.rawValue < 0 ? .client : .broker
            }
        self.init(
            code, reason: reason ?? String(cString: rd_kafka_err2str(error)),
            isRetriable: !isFatal && KafkaError.transient.contains(error.rawValue), at: partition)
        self.rdkafkaCode = error.rawValue
        self.rdkafkaName = String(cString: rd_kafka_err2name(error))
        self.isFatal = isFatal
    }

    /// Takes an error object of the library, reads all its flags and frees it.
    init(consuming error: OpaquePointer, at partition: TopicPartition? = nil) {
        defer { rd_kafka_error_destroy(error) }
        self.init(rd_kafka_error_code(error), at: partition)
        if rd_kafka_error_is_fatal(error) != 0 {
            self.code = .fatal
            self.isFatal = true
        }
        self.isRetriable = !isFatal && (isRetriable || rd_kafka_error_is_retriable(error) != 0)
    }

    /// Errors that pass by themselves: lost connections, elections, time-outs, full queues.
    private static let transient: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
            RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__WAIT_COORD,
            RD_KAFKA_RESP_ERR__WAIT_CACHE, RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR__ISR_INSUFF,
            RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_NOT_CONTROLLER, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
        ].map(\.rawValue))
}

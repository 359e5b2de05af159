internal import CLibrdkafka
internal import Synchronization

/// A Kafka cluster inside this process: librdkafka's own, over TCP on the loopback interface, with the real protocol
/// and real consumer groups.
///
/// Its limits: it keeps 5 MiB or 100,000 batches per partition, knows no administrative requests, takes 3 s before a
/// new group gets its first assignment, does not wake a waiting fetch (use ``clientProperties``), and forgets everything
/// when it ends.
public final class MockKafka: Sendable {
    /// A kind of request that faults can be set for.
    public enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case offsetCommit = 8
        case offsetFetch = 9
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
        case leaveGroup = 13
        case syncGroup = 14
        case initProducerID = 22
    }

    /// What to answer instead.
    public enum Fault: Int32, Sendable {
        /// No answer: the connection is cut.
        case disconnect = -195
        case offsetOutOfRange = 1
        case corruptMessage = 2
        case unknownTopicOrPartition = 3
        case leaderNotAvailable = 5
        case notLeader = 6
        case requestTimedOut = 7
        case messageTooLarge = 10
        case coordinatorLoading = 14
        case coordinatorNotAvailable = 15
        case notEnoughReplicas = 19
        case notEnoughReplicasAfterAppend = 20
        case topicAuthorizationFailed = 29
        case storageError = 56
    }

    /// Properties that clients of this cluster should have, to be quick.
    public static let clientProperties = ["fetch.wait.max.ms": "10"]

    /// Addresses for `bootstrap.servers`.
    public let bootstrapServers: String

    /// The cluster and the client that carries it. Its functions lock by themselves.
    private struct Cluster: @unchecked Sendable {
        let client: OpaquePointer
        let cluster: OpaquePointer
    }

    private let cluster: Cluster
    private let brokers: Int

    /// Starts the cluster.
    ///
    /// - Parameters:
    ///   - brokers: 1 to 3; they are numbered from 1.
    ///   - topics: Numbers of partitions by name. Other topics come into being when somebody writes to them, with 4.
    public init(brokers: Int = 1, topics: [String: Int] = [:]) {
        precondition((1...3).contains(brokers))
        let configuration = rd_kafka_conf_new()
        rd_kafka_conf_set_log_cb(configuration, nil)
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0),
            let cluster = rd_kafka_mock_cluster_new(client, Int32(brokers))
        else { preconditionFailure("librdkafka cannot start a mock cluster") }
        self.cluster = Cluster(client: client, cluster: cluster)
        self.brokers = brokers
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
        for (name, partitions) in topics { createTopic(name, partitions: partitions) }
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster.cluster)
        rd_kafka_destroy(cluster.client)
    }

    public func createTopic(_ name: String, partitions: Int) {
        let error = rd_kafka_mock_topic_create(cluster.cluster, name, Int32(partitions), Int32(brokers))
        precondition(error == RD_KAFKA_RESP_ERR_NO_ERROR, "topic \(name): \(String(cString: rd_kafka_err2str(error)))")
    }

    /// Cuts a broker's connections and refuses new ones. Its partitions keep it as their leader.
    ///
    /// - Parameter broker: `nil` for all.
    public func brokerDown(_ broker: Int32? = nil) {
        rd_kafka_mock_broker_set_down(cluster.cluster, broker ?? -1)
    }

    public func brokerUp(_ broker: Int32? = nil) {
        rd_kafka_mock_broker_set_up(cluster.cluster, broker ?? -1)
    }

    /// Answers the next requests of a kind with these faults, one each.
    public func pushErrors(_ request: Request, _ faults: [Fault]) {
        let errors = faults.map { rd_kafka_resp_err_t(rawValue: $0.rawValue) }
        rd_kafka_mock_push_request_errors_array(cluster.cluster, request.rawValue, errors.count, errors)
    }

    public func clearErrors(_ request: Request) {
        rd_kafka_mock_clear_request_errors(cluster.cluster, request.rawValue)
    }

    /// Delays every answer.
    public func setRTT(milliseconds: Int, broker: Int32? = nil) {
        rd_kafka_mock_broker_set_rtt(cluster.cluster, broker ?? -1, Int32(milliseconds))
    }

    /// Makes another broker the leader of a partition.
    ///
    /// - Parameter broker: `nil` leaves the partition without one.
    public func setLeader(of topic: String, partition: Int32, to broker: Int32?) {
        rd_kafka_mock_partition_set_leader(cluster.cluster, topic, partition, broker ?? -1)
    }

    /// Makes one broker responsible for a group.
    public func setCoordinator(ofGroup group: String, to broker: Int32) {
        rd_kafka_mock_coordinator_set(cluster.cluster, "group", group, broker)
    }
}

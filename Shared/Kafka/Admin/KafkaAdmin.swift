internal import CLibrdkafka
public import Logging

/// Creates, describes and deletes topics, and measures lag. Every call blocks the calling thread.
public final class KafkaAdmin: Sendable {
    private let client: Client

    /// Makes the client; connections are opened by the first call.
    ///
    /// - Throws: ``KafkaError/Code/configuration``.
    public init(_ settings: KafkaSettings, logger: Logger) throws(KafkaError) {
        let observer = ClientObserver(settings, logger: logger)
        client = try Client(ClientConfiguration(settings, role: .admin), observer: observer)
    }

    /// Creates topics that do not exist. An existing topic is left as it is, whatever its partitions.
    ///
    /// - Returns: An outcome for each name.
    /// - Throws: ``KafkaError`` when the request as a whole got no answer; some topics may have been created.
    public func createTopics(
        _ specs: [KafkaTopicSpec], timeoutMilliseconds: Int = 30_000
    ) throws(KafkaError) -> [String: KafkaTopicOutcome] {
        if specs.isEmpty { return [:] }
        var topics: [OpaquePointer?] = []
        defer { rd_kafka_NewTopic_destroy_array(&topics, topics.count) }
        for spec in specs { topics.append(try makeNewTopic(spec)) }
        let event = try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeoutMilliseconds) { options, answers in
            rd_kafka_CreateTopics(client.raw, &topics, topics.count, options, answers)
        }
        defer { rd_kafka_event_destroy(event) }
        var count = 0
        let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        return outcomes(results, count, already: RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    }

    /// Deletes topics with all their messages.
    ///
    /// - Returns: An outcome for each name.
    /// - Throws: ``KafkaError`` when the request as a whole got no answer; some topics may have been deleted.
    public func deleteTopics(
        _ names: [String], timeoutMilliseconds: Int = 30_000
    ) throws(KafkaError) -> [String: KafkaTopicOutcome] {
        if names.isEmpty { return [:] }
        var topics = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { rd_kafka_DeleteTopic_destroy_array(&topics, topics.count) }
        let event = try request(RD_KAFKA_ADMIN_OP_DELETETOPICS, timeoutMilliseconds) { options, answers in
            rd_kafka_DeleteTopics(client.raw, &topics, topics.count, options, answers)
        }
        defer { rd_kafka_event_destroy(event) }
        var count = 0
        let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
        return outcomes(results, count, already: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    }

    /// Describes topics in the order asked for; those that do not exist say so.
    public func describe(
        topics names: [String], timeoutMilliseconds: Int = 10_000
    ) throws(KafkaError) -> [KafkaTopicDescription] {
        // All topics are asked for, because asking for one by name may create it.
        let metadata = try self.metadata(timeoutMilliseconds)
        defer { rd_kafka_metadata_destroy(metadata) }
        var found: [String: KafkaTopicDescription] = [:]
        for index in 0..<Int(metadata.pointee.topic_cnt) {
            let topic = KafkaTopicDescription(metadata.pointee.topics[index])
            found[topic.name] = topic
        }
        return names.map { found[$0] ?? KafkaTopicDescription(name: $0, exists: false, partitions: []) }
    }

    public func describeCluster(timeoutMilliseconds: Int = 10_000) throws(KafkaError) -> KafkaClusterDescription {
        let deadline = Deadline(afterMilliseconds: timeoutMilliseconds)
        let metadata = try self.metadata(timeoutMilliseconds)
        defer { rd_kafka_metadata_destroy(metadata) }
        let brokers = (0..<Int(metadata.pointee.broker_cnt)).map { index in
            let broker = metadata.pointee.brokers[index]
            return KafkaClusterDescription.Broker(id: broker.id, host: String(cString: broker.host), port: broker.port)
        }
        let remaining = Int32(clamping: max(1, deadline.remainingMilliseconds))
        let controller = rd_kafka_controllerid(client.raw, remaining)
        let name = rd_kafka_clusterid(client.raw, Int32(clamping: max(1, deadline.remainingMilliseconds)))
        defer { if let name { rd_kafka_mem_free(client.raw, name) } }
        return KafkaClusterDescription(
            id: name.map { String(cString: $0) }, controller: controller < 0 ? nil : controller,
            brokers: brokers.sorted { $0.id < $1.id })
    }

    /// Compares a group's mirrored positions with the ends of the partitions.
    public func lag(
        group: String, _ partitions: [TopicPartition], timeoutMilliseconds: Int = 10_000
    ) throws(KafkaError) -> [TopicPartition: KafkaLag] {
        if partitions.isEmpty { return [:] }
        let deadline = Deadline(afterMilliseconds: timeoutMilliseconds)
        let positions = try self.positions(of: group, partitions, timeoutMilliseconds)
        var lags: [TopicPartition: KafkaLag] = [:]
        for partition in partitions {
            let patience = max(1, deadline.remainingMilliseconds)
            let (low, high) = try client.watermarks(of: partition, timeoutMilliseconds: patience)
            lags[partition] = KafkaLag(position: positions[partition], low: low, high: high)
        }
        return lags
    }

    // MARK: Requests

    private func metadata(_ timeoutMilliseconds: Int) throws(KafkaError) -> UnsafePointer<rd_kafka_metadata> {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let error = rd_kafka_metadata(client.raw, 1, nil, &metadata, Int32(clamping: timeoutMilliseconds))
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else { throw KafkaError(error) }
        return metadata
    }

    private func positions(
        of group: String, _ partitions: [TopicPartition], _ timeoutMilliseconds: Int
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let unknown = Dictionary(
            partitions.map { ($0, Int64(RD_KAFKA_OFFSET_INVALID)) }, uniquingKeysWith: { first, _ in first })
        var question = PartitionList.with(unknown) { rd_kafka_ListConsumerGroupOffsets_new(group, $0) }
        defer { rd_kafka_ListConsumerGroupOffsets_destroy(question) }
        let operation = RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS
        let event = try request(operation, timeoutMilliseconds) { options, answers in
            rd_kafka_ListConsumerGroupOffsets(client.raw, &question, 1, options, answers)
        }
        defer { rd_kafka_event_destroy(event) }
        var count = 0
        let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(event), &count)
        var positions: [TopicPartition: Int64] = [:]
        for index in 0..<count {
            let answer = groups?[index]
            if let error = rd_kafka_group_result_error(answer), rd_kafka_error_code(error).rawValue != 0 {
                throw KafkaError(rd_kafka_error_code(error))
            }
            guard let list = rd_kafka_group_result_partitions(answer) else { continue }
            for (partition, offset) in PartitionList.readOffsets(list) where offset >= 0 {
                positions[partition] = offset
            }
        }
        return positions
    }

    /// Makes one administrative request and waits for its answer, which the caller has to destroy.
    private func request(
        _ operation: rd_kafka_admin_op_t, _ timeoutMilliseconds: Int,
        _ start: (_ options: OpaquePointer, _ answers: OpaquePointer) -> Void
    ) throws(KafkaError) -> OpaquePointer {
        let options = rd_kafka_AdminOptions_new(client.raw, operation)!
        defer { rd_kafka_AdminOptions_destroy(options) }
        let answers = ClientQueue(rd_kafka_queue_new(client.raw), of: client)
        let timeout = Int32(clamping: timeoutMilliseconds)
        _ = rd_kafka_AdminOptions_set_request_timeout(options, timeout, nil, 0)
        start(options, answers.raw)
        // The library gives up by itself in time; the second more is for its answer to arrive.
        guard let event = rd_kafka_queue_poll(answers.raw, timeout &+ 1000) else { throw .timedOut("answer") }
        let error = rd_kafka_event_error(event)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            defer { rd_kafka_event_destroy(event) }
            throw KafkaError(error, reason: rd_kafka_event_error_string(event).map { String(cString: $0) })
        }
        return event
    }

    private func makeNewTopic(_ spec: KafkaTopicSpec) throws(KafkaError) -> OpaquePointer {
        let refused = KafkaError(.configuration, reason: "the topic's name, partitions or replication are not possible")
        guard
            let topic = rd_kafka_NewTopic_new(
                spec.name, Int32(clamping: spec.partitions), Int32(clamping: spec.replicationFactor), nil, 0)
        else { throw refused }
        for (name, value) in spec.configuration { _ = rd_kafka_NewTopic_set_config(topic, name, value) }
        return topic
    }

    private func outcomes(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, already: rd_kafka_resp_err_t
    ) -> [String: KafkaTopicOutcome] {
        var outcomes: [String: KafkaTopicOutcome] = [:]
        for index in 0..<count {
            guard let result = results?[index] else { continue }
            let name = String(cString: rd_kafka_topic_result_name(result))
            let error = rd_kafka_topic_result_error(result)
            let reason = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
            outcomes[name] =
                switch error {
                case RD_KAFKA_RESP_ERR_NO_ERROR: .done
                case already: .already
                default: .failed(KafkaError(error, at: TopicPartition(topic: name, partition: -1), reason: reason))
                }
        }
        return outcomes
    }
}

extension KafkaTopicDescription {
    fileprivate init(_ topic: rd_kafka_metadata_topic) {
        name = String(cString: topic.topic)
        exists = topic.err == RD_KAFKA_RESP_ERR_NO_ERROR || topic.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
        partitions = (0..<Int(topic.partition_cnt)).map { KafkaPartitionDescription(topic.partitions[$0]) }
        partitions.sort { $0.partition < $1.partition }
    }
}

extension KafkaPartitionDescription {
    fileprivate init(_ partition: rd_kafka_metadata_partition) {
        self.partition = partition.id
        leader = partition.leader < 0 ? nil : partition.leader
        replicas = (0..<Int(partition.replica_cnt)).map { partition.replicas[$0] }
        inSyncReplicas = (0..<Int(partition.isr_cnt)).map { partition.isrs[$0] }
    }
}

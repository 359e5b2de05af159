import Kafka
import TestSupport
import Testing

@Suite struct AdminTests {
    @Test func topicsAndBrokersAreDescribed() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic(partitions: 3)
        let admin = try KafkaAdmin(cluster.settings(), logger: quietLogger)
        let missing = uniqueName("missing")
        let topics = try admin.describe(topics: [topic, missing])
        #expect(topics.map(\.name) == [topic, missing])
        #expect(topics.map(\.exists) == [true, false])
        #expect(topics[0].partitions.map(\.partition) == [0, 1, 2])
        #expect(topics[0].partitions.allSatisfy { $0.leader != nil && !$0.inSyncReplicas.isEmpty })
        #expect(topics[1].partitions.isEmpty)

        let description = try admin.describeCluster()
        #expect(!description.brokers.isEmpty)
        #expect(description.brokers.allSatisfy { $0.port > 0 && !$0.host.isEmpty })
    }

    @Test(.enabled(if: TestCluster.canCreate, "creating and deleting topics needs KAFKA_BOOTSTRAP_SERVERS"))
    func topicsAreCreatedOnceAndDeletedOnce() throws {
        let admin = try KafkaAdmin(TestCluster().settings(), logger: quietLogger)
        let name = uniqueName("topic")
        let spec = KafkaTopicSpec(name: name, partitions: 3, configuration: ["retention.ms": "3600000"])
        #expect(try admin.createTopics([spec]) == [name: .done])
        let isThere = try eventually { () throws in try admin.describe(topics: [name])[0].partitions.count == 3 }
        #expect(isThere)
        #expect(try admin.createTopics([spec]) == [name: .already])
        #expect(try admin.deleteTopics([name]) == [name: .done])
        let isGone = try eventually { () throws in try !admin.describe(topics: [name])[0].exists }
        #expect(isGone)
        #expect(try admin.deleteTopics([name]) == [name: .already])
    }

    @Test(.enabled(if: TestCluster.canCreate, "refusing a topic's configuration needs KAFKA_BOOTSTRAP_SERVERS"))
    func aTopicThatCannotBeMadeIsNamed() throws {
        let admin = try KafkaAdmin(TestCluster().settings(), logger: quietLogger)
        let spec = KafkaTopicSpec(name: uniqueName("topic"), partitions: 1, configuration: ["no.such.thing": "1"])
        guard case .failed(let error) = try admin.createTopics([spec])[spec.name] else {
            Issue.record("the topic was accepted")
            return
        }
        #expect(error.topic == spec.name)
    }

    @Test func silenceEndsInTime() throws {
        // Nobody listens on port 1.
        let settings = KafkaSettings(bootstrapServers: "127.0.0.1:1", clientID: "t")
        let admin = try KafkaAdmin(settings, logger: quietLogger)
        let error = #expect(throws: KafkaError.self) { try admin.describeCluster(timeoutMilliseconds: 200) }
        #expect(error?.isRetriable == true)
        #expect(throws: KafkaError.self) {
            try admin.createTopics([KafkaTopicSpec(name: "x", partitions: 1)], timeoutMilliseconds: 200)
        }
    }
}

import Foundation
import Kafka
import TestSupport
import Testing

/// Where real brokers are stricter than the mock cluster.
@Suite(.enabled(if: TestCluster.canCreate, "limits of real brokers need KAFKA_BOOTSTRAP_SERVERS"))
struct RealBrokerTests {
    private let cluster = TestCluster()

    @Test func aMessageOverTheTopicsLimitIsRefusedAndNothingOvertakesIt() throws {
        let topic = try cluster.topic(configuration: ["max.message.bytes": "2000"])
        let partition = TopicPartition(topic: topic, partition: 0)
        let producer = try cluster.producer(["batch.num.messages": "1", "compression.codec": "none"])
        _ = try producer.send(numbered(0..<10, to: topic), timeoutMilliseconds: 30_000)
        let tooLong = KafkaRecordToSend(
            topic: topic, partition: 0, key: nil, value: [UInt8](repeating: 0x78, count: 5_000))
        let deliveries = try producer.send([tooLong] + numbered(10..<20, to: topic), timeoutMilliseconds: 30_000)
        #expect(deliveries.allSatisfy { $0.error != nil }, "a message overtook a refused one")
        #expect(deliveries[0].error?.isRetriable == false)
        producer.close(timeoutMilliseconds: 5_000)
        // Without it all goes on.
        let next = try cluster.producer()
        #expect(try next.send(numbered(10..<20, to: topic), timeoutMilliseconds: 30_000).allSatisfy { $0.error == nil })
        let consumer = try cluster.reader([partition: 0])
        #expect(numbers(try consumer.read(20, of: partition)) == Array(0..<20))
    }

    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["TEST_KAFKA_FORGETS"] != nil,
            "retention is seen where brokers look every few seconds: set TEST_KAFKA_FORGETS=1"))
    func whatRetentionRemovedIsAnErrorForWhoStillNeededIt() throws {
        let topic = try cluster.topic(configuration: ["retention.ms": "1000", "segment.ms": "1000"])
        let partition = TopicPartition(topic: topic, partition: 0)
        let producer = try cluster.producer()
        _ = try producer.send(numbered(0..<10, to: topic), timeoutMilliseconds: 30_000)
        let consumer = try cluster.reader([partition: 10])
        let isForgotten = eventually { (try? consumer.watermarks(of: partition).low) == 10 }
        try #require(isForgotten, "the broker forgets nothing")
        let late = try cluster.reader([partition: 5])
        #expect(try failure(of: late, partition)?.code == .offsetOutOfRange)
    }

    @Test func aTopicMadeAnewIsNotTheSame() throws {
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let admin = try KafkaAdmin(cluster.settings(), logger: quietLogger)
        let producer = try cluster.producer()
        _ = try producer.send(numbered(0..<10, to: topic), timeoutMilliseconds: 30_000)
        #expect(try admin.deleteTopics([topic]) == [topic: .done])
        let isGone = try eventually { () throws in try !admin.describe(topics: [topic])[0].exists }
        #expect(isGone)
        try cluster.create(topic, partitions: 1)
        let reader = try cluster.reader([partition: 10])
        #expect(try failure(of: reader, partition)?.code == .topicRecreated)
    }

    /// What reading ends with; nil when it goes on.
    private func failure(of reader: KafkaConsumer, _ partition: TopicPartition) throws -> KafkaError? {
        var failure: KafkaError?
        _ = eventually {
            do { _ = try reader.nextBatch(of: partition, max: 10, waitMilliseconds: 100) } catch {
                failure = error as? KafkaError
            }
            return failure != nil
        }
        return failure
    }
}

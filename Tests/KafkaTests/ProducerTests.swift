import Kafka
import TestSupport
import Testing

@Suite struct ProducerTests {
    @Test func keysValuesHeadersAndTimestampsArriveAsSent() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let sent = [
            KafkaRecordToSend(topic: topic, partition: 0, key: [1, 0, 2], value: Array("网格".utf8)),
            KafkaRecordToSend(topic: topic, partition: 0, key: nil, value: nil),
            KafkaRecordToSend(topic: topic, partition: 0, key: [], value: []),
            KafkaRecordToSend(
                topic: topic, partition: 0, key: [7], value: [8],
                headers: [
                    KafkaHeader(name: "ce_id", value: "42"), KafkaHeader(name: "b", value: [0, 255]),
                    KafkaHeader(name: "ce_id", value: ""),
                ], timestampMilliseconds: 1_700_000_000_123),
        ]
        let producer = try cluster.producer()
        let deliveries = try producer.send(sent, timeoutMilliseconds: 10_000)
        #expect(deliveries == (0..<4).map { .delivered(offset: $0) })
        producer.close(timeoutMilliseconds: 1000)

        let consumer = try cluster.reader([partition: 0])
        let read = try consumer.read(4, of: partition)
        consumer.close()
        #expect(read.map(\.key) == sent.map(\.key))
        #expect(read.map(\.value) == sent.map(\.value))
        #expect(read.map(\.headers) == sent.map(\.headers))
        #expect(read.map(\.offset) == [0, 1, 2, 3])
        #expect(read.last?.timestampMilliseconds == 1_700_000_000_123)
        #expect((read.first?.timestampMilliseconds ?? 0) > 1_700_000_000_123)
    }

    @Test func eachPartitionKeepsItsOrder() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic(partitions: 3)
        let producer = try cluster.producer()
        for round in 0..<10 {
            let records = (0..<300).map { index in
                numbered(round * 100 + index / 3..<round * 100 + index / 3 + 1, to: topic, partition: Int32(index % 3))[
                    0]
            }
            let deliveries = try producer.send(records, timeoutMilliseconds: 10_000)
            #expect(deliveries.allSatisfy { $0.error == nil })
        }
        let partitions = (0..<3).map { TopicPartition(topic: topic, partition: $0) }
        let consumer = try cluster.reader(Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) }))
        for partition in partitions {
            #expect(numbers(try consumer.read(1000, of: partition)) == Array(0..<1000))
            #expect(try consumer.reachesEnd(of: partition))
        }
    }

    @Test func threadsShareOneProducer() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic(partitions: 4)
        let producer = try cluster.producer()
        let senders = (0..<4).map { partition in
            Background {
                (0..<20).allSatisfy { round in
                    let records = numbered(round * 50..<round * 50 + 50, to: topic, partition: Int32(partition))
                    let deliveries = try? producer.send(records, timeoutMilliseconds: 10_000)
                    return deliveries?.map(\.offset) == (round * 50..<round * 50 + 50).map { Int64($0) }
                }
            }
        }
        #expect(senders.allSatisfy { $0.wait() })
    }

    @Test func nothingIsSentBehindAFailure() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic(partitions: 2)
        let producer = try cluster.producer(["message.max.bytes": "2000"])
        var records = numbered(0..<3, to: topic) + numbered(0..<3, to: topic, partition: 1)
        records[1].value = Array(repeating: 0, count: 5000)
        let deliveries = try producer.send(records, timeoutMilliseconds: 10_000)
        #expect(deliveries[0] == .delivered(offset: 0))
        for delivery in deliveries[1...2] {
            guard case .notSent(let error) = delivery else { Issue.record("\(delivery)"); continue }
            #expect(error.rdkafkaName == "MSG_SIZE_TOO_LARGE")
            #expect(error.topic == topic && error.partition == 0)
        }
        #expect(deliveries[3...].map(\.offset) == [0, 1, 2])
    }

    @Test func aPartitionThatDoesNotExistIsRefused() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic(partitions: 2)
        let producer = try cluster.producer()
        let deliveries = try producer.send(
            numbered(0..<1, to: topic, partition: 9) + numbered(0..<1, to: topic), timeoutMilliseconds: 10_000)
        #expect(deliveries[0].error?.rdkafkaName == "_UNKNOWN_PARTITION")
        #expect(deliveries[1] == .delivered(offset: 0))
    }

    @Test func aFullQueueMakesTheSenderWait() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer(["queue.buffering.max.messages": "50"])
        let deliveries = try producer.send(numbered(0..<2000, to: topic), timeoutMilliseconds: 20_000)
        #expect(deliveries.map(\.offset) == (0..<2000).map { Int64($0) })
    }

    @Test func aClosedProducerRefuses() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let producer = try cluster.producer()
        producer.close(timeoutMilliseconds: 100)
        let error = #expect(throws: KafkaError.self) {
            try producer.send(numbered(0..<1, to: topic), timeoutMilliseconds: 100)
        }
        #expect(error?.code == .closed)
    }
}

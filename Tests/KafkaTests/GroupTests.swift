import Kafka
import TestSupport
import Testing

@Suite struct GroupTests {
    @Test func membersHandOverWithoutLossOrRepeats() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic(partitions: 4)
        let group = uniqueName("group")
        let ledger = Ledger()
        let producer = try cluster.producer()
        let isSending = Flag()
        let sender = Background { () -> Int in
            var sent = 0
            while isSending.isUp {
                for partition in 0..<4 {
                    let records = numbered(sent..<sent + 5, to: topic, partition: Int32(partition))
                    _ = try? producer.send(records, timeoutMilliseconds: 10_000)
                }
                sent += 5
                Pause.short()
            }
            return sent
        }
        let first = try GroupMember("first", cluster, group: group, topics: [topic], ledger: ledger)
        #expect(eventually { first.assignment.count == 4 && ledger.count > 100 })
        let second = try GroupMember("second", cluster, group: group, topics: [topic], ledger: ledger)
        #expect(eventually { first.assignment.count == 2 && second.assignment.count == 2 })
        let count = ledger.count
        #expect(eventually { ledger.count > count + 100 })
        first.close()
        #expect(eventually { second.assignment.count == 4 })
        isSending.lower()
        let sent = sender.wait()
        #expect(eventually { ledger.count >= sent * 4 })
        second.close()

        #expect(ledger.faults.isEmpty)
        // Four from the first member, two from each at its end or the other's beginning, four from the last.
        #expect(ledger.handovers >= 10)
        for partition in (0..<4).map({ TopicPartition(topic: topic, partition: $0) }) {
            #expect(ledger.offsets[partition] == (0..<Int64(sent)).map { $0 })
        }
    }

    @Test func positionsAreMirroredForLagMonitors() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let group = uniqueName("group")
        _ = try cluster.producer().send(numbered(0..<10, to: topic), timeoutMilliseconds: 10_000)
        let consumer = try KafkaConsumer(
            cluster.settings(group: group), topics: [topic], maxBufferedMessages: 100, logger: quietLogger,
            onAssign: { Dictionary(uniqueKeysWithValues: $0.map { ($0, 0) }) }, onRevoke: { _, _ in })
        #expect(eventually { !consumer.assignment.isEmpty })
        consumer.mirrorPosition([partition: 7])
        let admin = try KafkaAdmin(cluster.settings(), logger: quietLogger)
        let isMirrored = try eventually { () throws in
            try admin.lag(group: group, [partition])[partition]
                == KafkaLag(position: 7, low: 0, high: 10)
        }
        #expect(isMirrored)
        #expect(try admin.lag(group: uniqueName("nobody"), [partition])[partition]?.messages == 10)
        consumer.close()
    }
}

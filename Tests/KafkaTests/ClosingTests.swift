import Dispatch
import Kafka
import TestSupport
import Testing

@Suite struct ClosingTests {
    /// While a group's last member leaves, librdkafka 2.0.2 throws away what its main thread is being asked; a question
    /// without a time limit then waits for ever.
    @Test func membersThatLeaveAtOnceAllLeave() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic(partitions: 2)
        for _ in 0..<2 {
            let members = try (0..<24).map { _ in
                try KafkaConsumer(
                    cluster.settings(group: uniqueName("group")), topics: [topic], maxBufferedMessages: 100,
                    logger: quietLogger, onAssign: { Dictionary(uniqueKeysWithValues: $0.map { ($0, 0) }) },
                    onRevoke: { _, _ in })
            }
            #expect(eventually { members.allSatisfy { $0.assignment.count == 2 } })
            let leaving = members.map { member in
                Background { () -> Bool in
                    member.close()
                    return true
                }
            }
            #expect(eventually { leaving.allSatisfy(\.isDone) })
            guard leaving.allSatisfy(\.isDone) else { return }
        }
    }
}

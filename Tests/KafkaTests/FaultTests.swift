import Dispatch
import Kafka
import TestSupport
import Testing

/// Faults need brokers that do as they are told.
@Suite(.enabled(if: !TestCluster.isReal, "faults are injected into the mock cluster only"))
struct FaultTests {
    private let mock = MockKafka(brokers: 1, topics: ["t": 2])
    private let partition = TopicPartition(topic: "t", partition: 0)
    private var cluster: TestCluster { TestCluster(mock) }

    @Test func whileTheBrokerIsAwayMessagesWaitAndThenArriveOnce() throws {
        let producer = try cluster.producer()
        _ = try producer.send(numbered(0..<10, to: "t"), timeoutMilliseconds: 10_000)
        mock.brokerDown()
        let sending = Background { try? producer.send(numbered(10..<500, to: "t"), timeoutMilliseconds: 60_000) }
        #expect(eventually { !producer.isConnected })
        #expect(!sending.isDone)
        mock.brokerUp()
        #expect(sending.wait()?.map(\.offset) == (10..<500).map { Int64($0) })
        try expectLog(0..<500)
    }

    @Test func aSenderThatGivesUpLeavesNoGap() throws {
        let producer = try cluster.producer()
        _ = try producer.send(numbered(0..<10, to: "t"), timeoutMilliseconds: 10_000)
        mock.brokerDown()
        for _ in 0..<3 {
            let deliveries = try producer.send(numbered(10..<20, to: "t"), timeoutMilliseconds: 100)
            #expect(deliveries.allSatisfy { $0.error?.code == .timedOut && $0.error?.isRetriable == true })
        }
        let later = try producer.send(numbered(20..<30, to: "t"), timeoutMilliseconds: 100)
        for delivery in later {
            guard case .notSent = delivery else { Issue.record("\(delivery)"); continue }
        }
        mock.brokerUp()
        // The first attempt is written in its own time, the repetition behind it.
        let deliveries = try producer.send(numbered(10..<20, to: "t"), timeoutMilliseconds: 30_000)
        #expect(deliveries.map(\.offset) == (20..<30).map { Int64($0) })
        let consumer = try cluster.reader([partition: 0])
        #expect(numbers(try consumer.read(30, of: partition)) == Array(0..<20) + Array(10..<20))
    }

    @Test(arguments: [
        MockKafka.Fault.notLeader, .requestTimedOut, .notEnoughReplicas, .notEnoughReplicasAfterAppend,
        .leaderNotAvailable, .storageError, .disconnect,
    ])
    func passingErrorsNeitherDoubleNorReorder(fault: MockKafka.Fault) throws {
        let producer = try cluster.producer(["batch.num.messages": "20", "retry.backoff.ms": "20"])
        _ = try producer.send(numbered(0..<20, to: "t"), timeoutMilliseconds: 10_000)
        mock.pushErrors(.produce, [fault, fault, fault])
        let deliveries = try producer.send(numbered(20..<300, to: "t"), timeoutMilliseconds: 30_000)
        #expect(deliveries.map(\.offset) == (20..<300).map { Int64($0) })
        try expectLog(0..<300)
        #expect(producer.fatalError == nil)
    }

    @Test func anErrorForGoodStopsTheProducerInsteadOfLeavingAGap() throws {
        let producer = try cluster.producer(["batch.num.messages": "20"])
        _ = try producer.send(numbered(0..<20, to: "t"), timeoutMilliseconds: 10_000)
        // Five batches are on their way at once. A broker refuses those behind a refused one by their sequence; this one
        // does not look at sequences and has to be told.
        mock.setRTT(milliseconds: 20)
        mock.pushErrors(.produce, Array(repeating: .messageTooLarge, count: 5))
        let deliveries = try producer.send(numbered(20..<300, to: "t"), timeoutMilliseconds: 30_000)
        mock.clearErrors(.produce)
        mock.setRTT(milliseconds: 0)
        let written = deliveries.prefix { $0.error == nil }.count
        #expect(deliveries[written...].allSatisfy { $0.error != nil }, "a message overtook a failed one")
        #expect(written < 280)
        #expect(producer.fatalError?.isFatal == true)
        let error = #expect(throws: KafkaError.self) {
            try producer.send(numbered(0..<1, to: "t"), timeoutMilliseconds: 1000)
        }
        #expect(error?.isFatal == true && error?.code == .fatal)
        producer.close(timeoutMilliseconds: 1000)

        let replacement = try cluster.producer()
        let again = try replacement.send(numbered(20 + written..<300, to: "t"), timeoutMilliseconds: 10_000)
        #expect(again.allSatisfy { $0.error == nil })
        try expectLog(0..<300)
    }

    @Test func closingWithoutABrokerIsQuickAndFreesTheSender() throws {
        let producer = try cluster.producer()
        _ = try producer.send(numbered(0..<1, to: "t"), timeoutMilliseconds: 10_000)
        mock.brokerDown()
        let sending = Background { try? producer.send(numbered(1..<50, to: "t"), timeoutMilliseconds: 60_000) }
        #expect(eventually { !producer.isConnected })
        let start = DispatchTime.now()
        producer.close(timeoutMilliseconds: 200)
        // Either it was told before it began, which is no answer at all, or about each message.
        #expect(sending.wait()?.allSatisfy { $0.error != nil } != false)
        #expect(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds < 5_000_000_000)
    }

    @Test func aReaderSurvivesABrokerThatWasAway() throws {
        let producer = try cluster.producer()
        _ = try producer.send(numbered(0..<10, to: "t"), timeoutMilliseconds: 10_000)
        let consumer = try cluster.reader([partition: 0])
        #expect(numbers(try consumer.read(10, of: partition)) == Array(0..<10))
        #expect(try consumer.reachesEnd(of: partition))
        mock.brokerDown()
        // Nobody vouches for the end any more.
        let isDoubted = try eventually { () throws in
            try !consumer.nextBatch(of: partition, max: 10, waitMilliseconds: 20).reachedEnd
        }
        #expect(isDoubted)
        mock.brokerUp()
        #expect(try consumer.reachesEnd(of: partition))
        _ = try producer.send(numbered(10..<20, to: "t"), timeoutMilliseconds: 30_000)
        #expect(numbers(try consumer.read(10, of: partition)) == Array(10..<20))
    }

    @Test func aMemberLeavesQuicklyWithoutABroker() throws {
        let consumer = try KafkaConsumer(
            cluster.settings(group: "g"), topics: ["t"], maxBufferedMessages: 100, logger: quietLogger,
            onAssign: { Dictionary(uniqueKeysWithValues: $0.map { ($0, 0) }) }, onRevoke: { _, _ in })
        #expect(eventually { consumer.assignment.count == 2 })
        mock.brokerDown()
        consumer.mirrorPosition([partition: 0])
        let start = DispatchTime.now()
        consumer.close()
        let milliseconds = (DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1_000_000
        #expect(milliseconds < 10_000)
        print("close of a member without a broker, ms: \(milliseconds)")
    }

    @Test func anErrorOfThePartitionIsReportedAndHealsWithARestart() throws {
        _ = try cluster.producer().send(numbered(0..<10, to: "t"), timeoutMilliseconds: 10_000)
        mock.pushErrors(.fetch, [.offsetOutOfRange])
        let consumer = try cluster.reader([partition: 0])
        let error = try #require(throws: KafkaError.self) { _ = try consumer.read(1, of: partition) }
        #expect(error.code == .offsetOutOfRange)
        try consumer.restart(of: partition, at: 0)
        #expect(numbers(try consumer.read(10, of: partition)) == Array(0..<10))
    }

    private func expectLog(_ range: Range<Int>) throws {
        let consumer = try cluster.reader([partition: 0])
        #expect(numbers(try consumer.read(range.count, of: partition)) == Array(range))
        #expect(try consumer.reachesEnd(of: partition))
        #expect(try consumer.watermarks(of: partition).high == Int64(range.count))
    }
}

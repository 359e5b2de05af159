import Dispatch
import Kafka
import TestSupport
import Testing

@Suite struct ConsumerTests {
    @Test(arguments: [0, 1, 57, 99, 100])
    func readingStartsWhereItIsTold(offset: Int64) throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        _ = try cluster.producer().send(numbered(0..<100, to: topic), timeoutMilliseconds: 10_000)
        let consumer = try cluster.reader([partition: offset])
        let read = try consumer.read(100 - Int(offset), of: partition)
        #expect(numbers(read) == Array(Int(offset)..<100))
        #expect(try consumer.reachesEnd(of: partition))
    }

    @Test func theEndIsReachedOnlyBehindTheLastMessage() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let producer = try cluster.producer()
        let consumer = try cluster.reader([partition: 0])
        #expect(try consumer.reachesEnd(of: partition))
        _ = try producer.send(numbered(0..<30, to: topic), timeoutMilliseconds: 10_000)
        var read = 0
        let isDone = try eventually { () throws in
            let batch = try consumer.nextBatch(of: partition, max: 10, waitMilliseconds: 100)
            read += batch.records.count
            if !batch.records.isEmpty {
                #expect(batch.highWatermark == 30)
                #expect(batch.records.count <= 10)
            }
            if read > 0 && read < 30 { #expect(!batch.reachedEnd) }
            return batch.reachedEnd && read == 30
        }
        #expect(isDone)
        let batch = try consumer.nextBatch(of: partition, max: 10, waitMilliseconds: 0)
        #expect(batch.reachedEnd && batch.records.isEmpty)
        #expect(try consumer.watermarks(of: partition) == (0, 30))
    }

    @Test func aRestartForgetsWhatWasReadAheadAndSparesTheOthers() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic(partitions: 2)
        let one = TopicPartition(topic: topic, partition: 0)
        let other = TopicPartition(topic: topic, partition: 1)
        let producer = try cluster.producer()
        for partition in [one, other] {
            let records = numbered(0..<1000, to: topic, partition: partition.partition)
            _ = try producer.send(records, timeoutMilliseconds: 10_000)
        }
        let consumer = try cluster.reader([one: 0, other: 0])
        var others = try consumer.read(1, of: other, max: 7)
        var expected = 0
        for target in [Int64(3), 900, 0, 999, 500] {
            let read = try consumer.read(1, of: one, max: 20)
            #expect(numbers(read).first == expected)
            try consumer.restart(of: one, at: target)
            expected = Int(target)
            others += try consumer.read(1, of: other, max: 7)
        }
        #expect(numbers(try consumer.read(500, of: one)) == Array(500..<1000))
        others += try consumer.read(1000 - others.count, of: other)
        #expect(numbers(others) == Array(0..<1000))
    }

    @Test func aNeighboursRestartDoublesNothingUnderConcurrentReading() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic(partitions: 2)
        let one = TopicPartition(topic: topic, partition: 0)
        let other = TopicPartition(topic: topic, partition: 1)
        let producer = try cluster.producer()
        let records = numbered(0..<10_000, to: topic, partition: 1)
        _ = try producer.send(records + numbered(0..<10, to: topic), timeoutMilliseconds: 10_000)
        let consumer = try cluster.reader([one: 0, other: 0])
        let reading = Background { try? consumer.read(10_000, of: other, max: 3) }
        for _ in 0..<20 {
            try consumer.restart(of: one, at: 5)
            #expect(numbers(try consumer.read(1, of: one)).first == 5)
        }
        #expect(reading.wait().map(numbers) == Array(0..<10_000))
    }

    @Test func anOffsetThatIsNotInTheLogIsAnErrorUntilTheRestart() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        _ = try cluster.producer().send(numbered(0..<10, to: topic), timeoutMilliseconds: 10_000)
        let consumer = try cluster.reader([partition: 5000])
        var failure: KafkaError?
        _ = eventually {
            do {
                #expect(try consumer.nextBatch(of: partition, max: 10, waitMilliseconds: 100).records.isEmpty)
            } catch { failure = error as? KafkaError }
            return failure != nil
        }
        #expect(failure?.code == .topicRecreated, "\(String(describing: failure))")
        let again = #expect(throws: KafkaError.self) {
            try consumer.nextBatch(of: partition, max: 10, waitMilliseconds: 0)
        }
        #expect(again == failure)
        #expect(again?.isRetriable == false)
        try consumer.restart(of: partition, at: 8)
        #expect(numbers(try consumer.read(2, of: partition)) == [8, 9])
    }

    @Test(.enabled(if: !TestCluster.isReal, "the mock cluster drops old messages at 5 MiB; real brokers do not"))
    func messagesRemovedBeforeTheyWereReadAreAnError() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let producer = try cluster.producer()
        let large = Array(repeating: UInt8(7), count: 100_000)
        for _ in 0..<8 {
            let records = (0..<10).map { _ in
                KafkaRecordToSend(topic: topic, partition: 0, key: nil, value: large)
            }
            _ = try producer.send(records, timeoutMilliseconds: 10_000)
        }
        let consumer = try cluster.reader([partition: 0])
        let error = try #require(throws: KafkaError.self) { _ = try consumer.read(1, of: partition) }
        #expect(error.code == .offsetOutOfRange, "\(error)")
        let (low, high) = try consumer.watermarks(of: partition)
        #expect(low > 0 && high == 80)
    }

    @Test func partitionsWithoutAStartWaitForOne() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        _ = try cluster.producer().send(numbered(0..<5, to: topic), timeoutMilliseconds: 10_000)
        let group = uniqueName("group")
        let consumer = try KafkaConsumer(
            cluster.settings(group: group), topics: [topic], maxBufferedMessages: 100, logger: quietLogger,
            onAssign: { _ in [:] }, onRevoke: { _, _ in })
        #expect(eventually { consumer.assignment == [partition] })
        // Assigned a moment before it is known that no start was given.
        var refusal: KafkaError?
        _ = eventually {
            do throws(KafkaError) {
                _ = try consumer.nextBatch(of: partition, max: 10, waitMilliseconds: 0)
            } catch {
                refusal = error
            }
            return refusal != nil
        }
        #expect(refusal?.code == .positionUnknown)
        try consumer.restart(of: partition, at: 2)
        #expect(numbers(try consumer.read(3, of: partition)) == [2, 3, 4])
        let stranger = #expect(throws: KafkaError.self) {
            try consumer.restart(of: TopicPartition(topic: topic, partition: 7), at: 0)
        }
        #expect(stranger?.code == .partitionLost)
    }

    @Test func readingAheadIsBounded() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let producer = try cluster.producer()
        // Small requests make small message sets, so that the broker has many to offer.
        for start in stride(from: 0, to: 20_000, by: 100) {
            _ = try producer.send(numbered(start..<start + 100, to: topic), timeoutMilliseconds: 10_000)
        }
        let consumer = try cluster.reader([partition: 0], maxBufferedMessages: 500, ["fetch.message.max.bytes": "1000"])
        var most = 0
        var read: [KafkaRecord] = []
        _ = try eventually { () throws in
            most = max(most, try consumer.bufferedMessages(of: partition))
            read += try consumer.nextBatch(of: partition, max: 250, waitMilliseconds: 100).records
            return read.count == 20_000
        }
        #expect(numbers(read) == Array(0..<20_000))
        #expect(most <= 1000, "\(most) messages were read ahead")
    }

    @Test func anIdleReaderIsWokenAndAClosingOneLeavesAtOnce() throws {
        let cluster = TestCluster()
        let topic = try cluster.topic()
        let partition = TopicPartition(topic: topic, partition: 0)
        let producer = try cluster.producer()
        let consumer = try cluster.reader([partition: 0])
        #expect(try consumer.reachesEnd(of: partition))
        var latencies: [Double] = []
        for round in 0..<20 {
            let reading = Background { () -> DispatchTime in
                _ = try? consumer.read(1, of: partition)
                return .now()
            }
            let start = DispatchTime.now()
            _ = try producer.send(numbered(round..<round + 1, to: topic), timeoutMilliseconds: 10_000)
            let end = reading.wait()
            latencies.append(Double(end.uptimeNanoseconds - start.uptimeNanoseconds) / 1_000_000)
        }
        latencies.sort()
        print("send to read, ms: median \(latencies[10]), worst \(latencies[19])")

        let reading = Background {
            do throws(KafkaError) {
                _ = try consumer.nextBatch(of: partition, max: 1, waitMilliseconds: 60_000)
                return KafkaError.Code.timedOut
            } catch { return error.code }
        }
        let start = DispatchTime.now()
        consumer.close()
        #expect(reading.wait() == .partitionLost)
        let milliseconds = Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1_000_000
        #expect(milliseconds < 5000)
        print("close, ms: \(milliseconds)")
    }
}

import Dispatch
import Kafka
import Logging
import Synchronization
import TestSupport

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Brokers for one test: the mock cluster, or the real ones that `KAFKA_BOOTSTRAP_SERVERS` names.
struct TestCluster {
    static let realServers: String? = getenv("KAFKA_BOOTSTRAP_SERVERS").map { String(cString: $0) }
    static var isReal: Bool { realServers != nil }

    let bootstrapServers: String
    /// For faults; `nil` when the brokers are real.
    let mock: MockKafka?

    init() {
        mock = TestCluster.isReal ? nil : MockKafka()
        bootstrapServers = TestCluster.realServers ?? mock!.bootstrapServers
    }

    init(_ mock: MockKafka) {
        self.mock = mock
        bootstrapServers = mock.bootstrapServers
    }

    func settings(group: String? = nil, _ extra: [String: String] = [:]) -> KafkaSettings {
        let quick = mock == nil ? [:] : MockKafka.clientProperties
        return KafkaSettings(
            bootstrapServers: bootstrapServers, clientID: "kafka-tests", groupID: group,
            extra: quick.merging(extra) { $1 })
    }

    /// A topic of this test's own.
    func topic(partitions: Int = 1) throws -> String {
        let name = uniqueName("topic")
        if let mock {
            mock.createTopic(name, partitions: partitions)
        } else {
            let spec = KafkaTopicSpec(name: name, partitions: partitions)
            _ = try KafkaAdmin(settings(), logger: quietLogger).createTopics([spec])
        }
        return name
    }

    func producer(_ extra: [String: String] = [:]) throws -> KafkaProducer {
        try KafkaProducer(settings(extra), logger: quietLogger)
    }

    private func settings(_ extra: [String: String]) -> KafkaSettings { settings(group: nil, extra) }

    /// A consumer of its own, outside any group: no waiting for a first assignment.
    func reader(
        _ offsets: [TopicPartition: Int64], maxBufferedMessages: Int = 10_000, _ extra: [String: String] = [:]
    ) throws -> KafkaConsumer {
        try KafkaConsumer(
            settings(extra), startingAt: offsets, maxBufferedMessages: maxBufferedMessages, logger: quietLogger)
    }
}

let quietLogger = Logger(label: "kafka-tests") { _ in SwiftLogNoOpLogHandler() }

func uniqueName(_ prefix: String) -> String {
    "\(prefix)-\(UInt64.random(in: .min ... .max))"
}

func numbered(_ range: Range<Int>, to topic: String, partition: Int32 = 0) -> [KafkaRecordToSend] {
    range.map { KafkaRecordToSend(topic: topic, partition: partition, key: nil, value: Array("\($0)".utf8)) }
}

func numbers(_ records: [KafkaRecord]) -> [Int] {
    records.map { Int(String(decoding: $0.value ?? [], as: UTF8.self)) ?? -1 }
}

extension KafkaConsumer {
    /// Reads until there are `count` messages, or 30 s have passed.
    func read(_ count: Int, of partition: TopicPartition, max: Int = 500) throws -> [KafkaRecord] {
        var records: [KafkaRecord] = []
        _ = try eventually { () throws in
            records += try nextBatch(of: partition, max: max, waitMilliseconds: 100).records
            return records.count >= count
        }
        return records
    }

    /// Reads on until the end is reached, or 30 s have passed; returns whether it was.
    func reachesEnd(of partition: TopicPartition) throws -> Bool {
        try eventually { () throws in
            try nextBatch(of: partition, max: 500, waitMilliseconds: 100).reachedEnd
        }
    }
}

/// Asks again and again, for at most 30 s, until the answer is yes.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = DispatchTime.now() + .seconds(30)
    while DispatchTime.now() < deadline {
        if try condition() { return true }
        usleep(2000)
    }
    return false
}

/// Runs blocking work on a thread of its own; `wait` returns its result.
final class Background<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(_ work: @escaping @Sendable () -> Value) {
        DispatchQueue(label: "test.background").async { [self] in
            let result = work()
            value.withLock { $0 = result }
            done.signal()
        }
    }

    var isDone: Bool { value.withLock { $0 != nil } }

    func wait() -> Value {
        done.wait()
        done.signal()
        return value.withLock { $0! }
    }
}

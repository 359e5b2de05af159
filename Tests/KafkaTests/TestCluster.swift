import Dispatch
import Foundation
import Kafka
import Logging
import Synchronization
import TestSupport

/// Brokers for one test: the mock cluster, or the real ones that `KAFKA_BOOTSTRAP_SERVERS` names.
struct TestCluster {
    /// The real brokers, with every `KAFKA_*` of the environment; nil without.
    static let realBrokers: KafkaSettings? = {
        let environment = ProcessInfo.processInfo.environment
        guard environment["KAFKA_BOOTSTRAP_SERVERS"]?.isEmpty == false else { return nil }
        do {
            return try KafkaSettings(environment: environment, clientID: "kafka-tests")
        } catch {
            // Tests against other brokers than those that were asked for would prove nothing.
            fatalError("KAFKA_*: \(error)")
        }
    }()
    static var isReal: Bool { realBrokers != nil }
    /// They can create topics, as mock brokers cannot.
    static let canCreate: Bool = {
        guard let realBrokers, let admin = try? KafkaAdmin(realBrokers, logger: quietLogger) else { return false }
        let spec = KafkaTopicSpec(name: uniqueName("probe"), partitions: 1)
        guard let outcomes = try? admin.createTopics([spec]) else { return false }
        _ = try? admin.deleteTopics([spec.name])
        return outcomes[spec.name] == .done
    }()

    let bootstrapServers: String
    /// For faults; `nil` when the brokers are real.
    let mock: MockKafka?

    init() {
        mock = TestCluster.isReal ? nil : MockKafka()
        bootstrapServers = TestCluster.realBrokers?.bootstrapServers ?? mock!.bootstrapServers
    }

    init(_ mock: MockKafka) {
        self.mock = mock
        bootstrapServers = mock.bootstrapServers
    }

    func settings(group: String? = nil, _ extra: [String: String] = [:]) -> KafkaSettings {
        let quick = mock == nil ? TestCluster.realBrokers?.extra ?? [:] : MockKafka.clientProperties
        return KafkaSettings(
            bootstrapServers: bootstrapServers, clientID: "kafka-tests", groupID: group,
            extra: quick.merging(extra) { $1 })
    }

    /// A topic of this test's own.
    ///
    /// - Parameter configuration: For real brokers alone.
    func topic(partitions: Int = 1, configuration: [String: String] = [:]) throws -> String {
        let name = uniqueName("topic")
        if let mock {
            mock.createTopic(name, partitions: partitions)
        } else {
            try create(name, partitions: partitions, configuration: configuration)
        }
        return name
    }

    /// Creates a topic at real brokers, and waits until all of its partitions have a leader.
    func create(_ name: String, partitions: Int, configuration: [String: String] = [:]) throws {
        let admin = try KafkaAdmin(settings(), logger: quietLogger)
        let spec = KafkaTopicSpec(name: name, partitions: partitions, configuration: configuration)
        if case .failed(let error) = try admin.createTopics([spec])[name] { throw error }
        let isThere = try eventually { () throws in
            let found = try admin.describe(topics: [name])[0].partitions
            return found.count == partitions && found.allSatisfy { $0.leader != nil }
        }
        guard isThere else { throw Unready(what: "topic \(name) has no leaders") }
    }

    struct Unready: Error { let what: String }

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

import Dispatch
import Kafka
import Synchronization
import TestSupport

/// What the lanes of a group have done, kept where it survives any member: the part PostgreSQL plays in production.
final class Ledger: Sendable {
    private struct State {
        var positions: [TopicPartition: Int64] = [:]
        var offsets: [TopicPartition: [Int64]] = [:]
        var owner: [TopicPartition: String] = [:]
        var faults: [String] = []
        var handovers = 0
    }

    private let state = Mutex(State())

    var positions: [TopicPartition: Int64] { state.withLock { $0.positions } }
    var offsets: [TopicPartition: [Int64]] { state.withLock { $0.offsets } }
    /// Breaches of the rules, in words.
    var faults: [String] { state.withLock { $0.faults } }
    var handovers: Int { state.withLock { $0.handovers } }
    var count: Int { state.withLock { $0.offsets.values.reduce(0) { $0 + $1.count } } }

    func complain(_ fault: String) { state.withLock { $0.faults.append(fault) } }

    func take(_ partition: TopicPartition, for member: String) -> Int64 {
        state.withLock { state in
            if let owner = state.owner[partition] {
                state.faults.append("\(member) and \(owner) both own \(partition)")
            }
            state.owner[partition] = member
            return state.positions[partition] ?? 0
        }
    }

    func giveBack(_ partition: TopicPartition, by member: String) {
        state.withLock { state in
            if state.owner[partition] != member { state.faults.append("\(member) gave back what it had not") }
            state.owner[partition] = nil
            state.handovers += 1
        }
    }

    func record(_ records: [KafkaRecord], of partition: TopicPartition, by member: String) {
        state.withLock { state in
            if state.owner[partition] != member { state.faults.append("\(member) wrote without owning \(partition)") }
            state.offsets[partition, default: []] += records.map(\.offset)
            if let last = records.last { state.positions[partition] = last.offset + 1 }
        }
    }
}

/// A member of a group with one thread per partition, as services have them.
final class GroupMember: Sendable {
    private struct Lane {
        let finished: Background<Bool>
        let isWanted: Flag
    }

    private let consumer = Mutex<KafkaConsumer?>(nil)
    private let lanes = Mutex<[TopicPartition: Lane]>([:])
    private let name: String
    private let ledger: Ledger

    init(_ name: String, _ cluster: TestCluster, group: String, topics: [String], ledger: Ledger) throws {
        self.name = name
        self.ledger = ledger
        let settings = cluster.settings(group: group, ["session.timeout.ms": "6000", "heartbeat.interval.ms": "200"])
        let joined = try KafkaConsumer(
            settings, topics: topics, maxBufferedMessages: 1000, logger: quietLogger,
            onAssign: { [weak self] in self?.start($0) ?? [:] },
            onRevoke: { [weak self] partitions, _ in self?.stop(partitions) })
        consumer.withLock { $0 = joined }
    }

    var assignment: [TopicPartition] { consumer.withLock { $0 }?.assignment ?? [] }

    func close() { consumer.withLock { $0 }?.close() }

    private func start(_ partitions: [TopicPartition]) -> [TopicPartition: Int64] {
        var offsets: [TopicPartition: Int64] = [:]
        for partition in partitions {
            offsets[partition] = ledger.take(partition, for: name)
            let isWanted = Flag()
            let finished = Background { [self] in
                run(partition, while: isWanted)
                return true
            }
            lanes.withLock { $0[partition] = Lane(finished: finished, isWanted: isWanted) }
        }
        return offsets
    }

    private func stop(_ partitions: [TopicPartition]) {
        for partition in partitions {
            guard let lane = lanes.withLock({ $0.removeValue(forKey: partition) }) else { continue }
            lane.isWanted.lower()
            _ = lane.finished.wait()
            ledger.giveBack(partition, by: name)
        }
    }

    private func run(_ partition: TopicPartition, while isWanted: Flag) {
        // The first assignment may come before the constructor has returned.
        guard eventually({ consumer.withLock { $0 } != nil }), let consumer = consumer.withLock({ $0 }) else { return }
        while isWanted.isUp {
            do throws(KafkaError) {
                let batch = try consumer.nextBatch(of: partition, max: 50, waitMilliseconds: 100)
                ledger.record(batch.records, of: partition, by: name)
                if let last = batch.records.last { consumer.mirrorPosition([partition: last.offset + 1]) }
            } catch {
                if error.code != .partitionLost { ledger.complain("\(name) \(error)") }
                return
            }
        }
    }
}

/// Something one thread tells another once.
final class Flag: Sendable {
    private let value = Atomic<Bool>(true)
    var isUp: Bool { value.load(ordering: .acquiring) }
    func lower() { value.store(false, ordering: .releasing) }
}

enum Pause {
    static func short() { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(2)) }
}

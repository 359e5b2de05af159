import City
import Messages

@testable import EventLog
@testable import SLAWatcher

/// What sla-watcher keeps.
struct ClockTables {
    struct Fired {
        var mark: PassedMark
        var at: Timestamp
    }

    /// Cases by the lane's partition.
    var cases: [Int: [CaseID: CaseClocks]] = [:]
    var fired: [String: Fired] = [:]
}

/// sla-watcher's lanes.
final class ClockModel {
    private let city: City
    private let changes: DecodedBodies<CaseChanged>

    init(city: City, changes: DecodedBodies<CaseChanged>) {
        self.city = city
        self.changes = changes
    }

    func handler(_ lane: LaneIdentity) -> any SimulatedHandler { Handler(self, lane.partition) }

    private static func name(_ id: CaseID, _ kind: ClockFired.Kind, _ version: Int, _ mark: ClockFired.Mark) -> String {
        "\(id) \(kind.rawValue) \(version) \(mark.rawValue)"
    }

    private final class Handler: SimulatedHandler {
        private let model: ClockModel
        private let partition: Int
        private var earliestDue: Timestamp?
        private var hasLooked = false

        init(_ model: ClockModel, _ partition: Int) {
            self.model = model
            self.partition = partition
        }

        func handle(
            _ messages: [Message], now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
        ) throws {
            var cases = store.clocks.cases[partition] ?? [:]
            var passed: [PassedMark] = []
            for message in messages {
                let change = try model.changes.decode(message)
                guard let effects = ClockRules.apply(change, to: cases[change.after.id], city: model.city) else {
                    continue
                }
                if let state = effects.state {
                    cases[state.id] = state
                    for due in state.clocks.compactMap(\.nextDue) { earliestDue = min(earliestDue ?? due, due) }
                }
                passed += effects.passed
            }
            store.clocks.cases[partition] = cases
            fire(passed, now: now, in: &store, output: &output)
        }

        var nextTick: Timestamp? {
            guard hasLooked else { return .earliest }
            return earliestDue.map { Timestamp(microseconds: $0.microseconds + ClockLane.grace) }
        }

        func tick(now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput) throws {
            let horizon = Timestamp(microseconds: now.microseconds - ClockLane.grace)
            var cases = store.clocks.cases[partition] ?? [:]
            var passed: [PassedMark] = []
            for id in cases.keys.sorted() {
                guard var one = cases[id] else { continue }
                for index in one.clocks.indices where one.clocks[index].nextDue.map({ $0 <= horizon }) == true {
                    for (mark, due) in one.clocks[index].passMarks(city: model.city, where: { $0 <= horizon }) {
                        passed.append(PassedMark(mark, dueAt: due, of: one.clocks[index], caseID: id, grid: one.grid))
                    }
                }
                cases[id] = one
            }
            store.clocks.cases[partition] = cases
            earliestDue = cases.values.flatMap(\.clocks).compactMap(\.nextDue).min()
            hasLooked = true
            fire(passed, now: now, in: &store, output: &output)
        }

        private func fire(
            _ marks: [PassedMark], now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
        ) {
            for mark in marks {
                let name = ClockModel.name(mark.caseID, mark.kind, mark.version, mark.mark)
                guard store.clocks.fired[name] == nil else { continue }
                store.clocks.fired[name] = .init(mark: mark, at: mark.firingMoment(now: now))
                let key = String(mark.caseID.value)
                output.publish(
                    OutgoingMessage(mark.message(now: now), on: .clocks, key: key, subject: key, time: now))
            }
        }
    }

    // MARK: What must hold

    /// - Parameter histories: What happened to each case, told step by step.
    func faults(_ suite: SimulatedSuite, escalations: [CaseID: Int]) -> [String] {
        let fired = suite.store.clocks.fired
        var faults = fired.filter { $0.value.at < $0.value.mark.dueAt }.map { "\($0.key) fired early" }
        faults += fired.filter { $0.value.at > suite.now }.map { "\($0.key) fired in the future" }
        for (id, count) in escalations {
            let breaches = fired.values.count { $0.mark.caseID == id && $0.mark.mark == .breach }
            if count > breaches { faults.append("case \(id): raised \(count) times for \(breaches) breaches") }
        }
        for partition in 0..<SimulatedSuite.partitions(of: .cases) { faults += missing(on: partition, suite) }
        return faults
    }

    /// Marks that the log demands, read from its beginning in one go, and that did not fire.
    private func missing(on partition: Int, _ suite: SimulatedSuite) -> [String] {
        var cases: [CaseID: CaseClocks] = [:]
        var demanded: Set<String> = []
        var seen = Tape([:], acceptsLateStart: false)
        var faults: [String] = []
        for message in suite.log.messages(TapeKey(topic: .cases, partition: partition)) {
            guard seen.verdict(on: message) == .new, let change = try? changes.decode(message) else { continue }
            seen.note(message)
            guard let effects = ClockRules.apply(change, to: cases[change.after.id], city: city) else { continue }
            cases[change.after.id] = effects.state
            for mark in effects.passed {
                demanded.insert(Self.name(mark.caseID, mark.kind, mark.version, mark.mark))
            }
        }
        let horizon = Timestamp(microseconds: suite.now.microseconds - ClockLane.grace)
        for one in cases.values {
            for var clock in one.clocks {
                for (mark, _) in clock.passMarks(city: city, where: { $0 <= horizon }) {
                    demanded.insert(Self.name(one.id, clock.kind, clock.version, mark))
                }
            }
        }
        for name in demanded where suite.store.clocks.fired[name] == nil { faults.append("\(name) did not fire") }
        return faults
    }
}

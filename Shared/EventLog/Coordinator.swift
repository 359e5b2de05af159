import Dispatch
import Kafka
import Logging
import Messages
import Postgres
import Synchronization

/// One input of a service: a topic and what handles it.
struct LaneInput: Sendable {
    var topic: Topic
    var makeHandler: @Sendable (LaneIdentity) throws -> any LaneHandler
}

/// Everything lanes of one process share.
struct LaneEnvironment: Sendable {
    var service: String
    var settings: PostgresSettings
    var limits: LaneLimits
    var retention: LogRetention
    /// One for the process's life.
    let memory = LaneMemory()
    var logger: Logger
}

/// Keeps this process a living member of its service, and its lanes running: a thread of its own.
///
/// When the connection that carries the membership is lost, all lanes stop and the process joins anew: whatever lanes
/// would have committed in between is refused by their epochs.
final class Coordinator: Sendable {
    private let environment: LaneEnvironment
    private let inputs: [LaneInput]
    private let requests: [any RequestLaneRunning]
    private let checkSuite: @Sendable (PostgresSession) throws -> Void
    private let makeLog: @Sendable (PostgresSession) throws -> any RunningLog
    private let hub: WakeHub
    private let stopping = Mutex(false)
    private let bell = WakeHub.Bell()
    private let finished = Latch()
    private let state = Mutex<(running: [LaneStatusBox], problem: String?)>(([], "starting"))
    private static let beatMilliseconds = 500
    private static let retentionEveryBeats = 120

    init(
        environment: LaneEnvironment, inputs: [LaneInput], requests: [any RequestLaneRunning], hub: WakeHub,
        checkSuite: @escaping @Sendable (PostgresSession) throws -> Void,
        makeLog: @escaping @Sendable (PostgresSession) throws -> any RunningLog
    ) {
        self.environment = environment
        self.inputs = inputs
        self.requests = requests
        self.hub = hub
        self.checkSuite = checkSuite
        self.makeLog = makeLog
    }

    func start() {
        DispatchQueue(label: "coordinator \(environment.service)").async { [self] in
            run()
            finished.open()
        }
    }

    /// Lets lanes finish what they have in hand and hands them over.
    func stop() {
        stopping.withLock { $0 = true }
        bell.ring()
    }

    func waitUntilStopped() { finished.wait() }

    /// Status of the lanes this process should run now, and what keeps it from running them.
    var snapshot: (lanes: [LaneStatus], problem: String?) {
        state.withLock { ($0.running.map(\.value), $0.problem) }
    }

    private var isStopping: Bool { stopping.withLock { $0 } }

    private func run() {
        var attempts = 0
        while !isStopping {
            do {
                let session = try PostgresSession(environment.settings, logger: environment.logger)
                defer { session.close() }
                try serve(session, joined: { attempts = 0 })
            } catch {
                attempts += 1
                if attempts == 1 {
                    environment.logger.warning("membership lost", metadata: ["error": "\(error)"])
                }
                state.withLock { $0 = ([], "\(error)") }
                bell.wait(milliseconds: min(2_000, 50 << min(attempts, 6)))
                if let error = error as? LaneError, error.code == .otherLog {
                    environment.logger.critical("the suite runs on another log", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// One membership, from joining to leaving or losing it.
    private func serve(_ session: PostgresSession, joined: () -> Void) throws {
        try checkSuite(session)
        let log = try makeLog(session)
        defer { log.close() }
        let member = try MembershipStore.join(service: environment.service, session: session)
        // Now that others see this process, a move to another log waits for it; one that was faster is noticed here.
        try checkSuite(session)
        joined()
        environment.logger.info("joined", metadata: ["member": "\(member)"])
        let requestEnvironment = RequestLaneEnvironment(
            service: environment.service, member: member, settings: environment.settings, sink: log.sink,
            logger: environment.logger)
        for lane in requests { lane.start(requestEnvironment) }
        defer {
            // Stop taking requests and input before the membership ends, or lanes would be taken while still at work.
            for lane in requests { lane.requestStop() }
            log.stopLanes()
            for lane in requests { lane.waitUntilStopped() }
        }
        try log.startLanes(inputs, member: member, session: session)
        var beats = 0
        while !isStopping {
            try MembershipStore.beat(member: member, session: session)
            if beats % Coordinator.retentionEveryBeats == 0 { try log.forgetPassed(session: session) }
            beats += 1
            try log.assign(member: member, session: session)
            for slot in try MembershipStore.orphans(service: environment.service, session: session) {
                try adopt(slot: slot, member: member, sink: log.sink, session: session)
            }
            let lanes = log.lanes + requests.map(\.status)
            state.withLock { $0 = (lanes, log.problem) }
            bell.wait(milliseconds: Coordinator.beatMilliseconds)
        }
        for lane in requests { lane.requestStop() }
        log.stopLanes()
        for lane in requests { lane.waitUntilStopped() }
        try MembershipStore.leave(member: member, session: session)
        state.withLock { $0 = ([], "stopped") }
    }

    /// Publishes what a dead process's request lane committed and could not publish, then lets go of the slot.
    private func adopt(slot: Int, member: Int64, sink: any LogSink, session: PostgresSession) throws {
        let claimed = try session.transaction { transaction -> ClaimedLane? in
            // Since the orphans were looked up a request lane may have taken the slot: of another process, or of this.
            guard try MembershipStore.holdsOrphan(slot: slot, service: environment.service, in: transaction) else {
                return nil
            }
            return try LaneStore.claim(
                service: environment.service, input: LaneIdentity.httpInput, partition: slot, member: member,
                firstOffset: 0, in: transaction)
        }
        guard let lane = claimed else { return }
        environment.logger.notice("adopted a dead process's lane", metadata: ["lane": "\(lane.identity)"])
        try sink.publishLeftovers(lane: Int32(lane.identity.id), session: session)
        try LaneStore.release(lane, session: session)
    }
}

/// A log in use by one membership of one process.
protocol RunningLog: AnyObject {
    var sink: any LogSink { get }
    /// Status of the lanes this process runs.
    var lanes: [LaneStatusBox] { get }
    /// What keeps lanes from running; nil when all that should run here do.
    var problem: String? { get }
    func startLanes(_ inputs: [LaneInput], member: Int64, session: PostgresSession) throws
    /// Removes messages that everybody has read, where that is ours to do.
    func forgetPassed(session: PostgresSession) throws
    /// Takes and hands over partitions as members come and go.
    func assign(member: Int64, session: PostgresSession) throws
    /// Stops all lanes and waits for them.
    func stopLanes()
    /// Ends what the log does beside its lanes, once those have stopped.
    func close()
}

/// Lanes over the PostgreSQL log: partitions are dealt out among living members in turn.
final class RunningPostgresLog: RunningLog {
    let sink: any LogSink
    private let environment: LaneEnvironment
    private let topics: TopicTable
    private let hub: WakeHub
    private let announcer: LogAnnouncer
    private var inputs: [LaneInput] = []
    private var running: [TapeKey: InputLane] = [:]
    private(set) var problem: String? = "lanes are being taken"

    init(environment: LaneEnvironment, topics: TopicTable, hub: WakeHub) {
        self.environment = environment
        self.topics = topics
        self.hub = hub
        let announcer = LogAnnouncer(settings: environment.settings, hub: hub, logger: environment.logger)
        self.announcer = announcer
        sink = PostgresLogSink(topics: topics) { announcer.announce($0) }
    }

    var lanes: [LaneStatusBox] { running.values.map(\.status) }

    func startLanes(_ inputs: [LaneInput], member: Int64, session: PostgresSession) throws {
        self.inputs = inputs
        for input in inputs { _ = try topics.partitions(of: input.topic) }
        try assign(member: member, session: session)
    }

    func assign(member: Int64, session: PostgresSession) throws {
        let living = try MembershipStore.living(service: environment.service, session: session)
        guard let rank = living.firstIndex(of: member) else {
            // Frozen for too long: the others have taken over. Nothing of ours may go on; join anew.
            throw LaneError(.fenced, "this process was silent too long")
        }
        let owners = try MembershipStore.owners(service: environment.service, session: session)
        var wanted: [(key: TapeKey, input: LaneInput)] = []
        for input in inputs {
            for partition in 0..<(try topics.partitions(of: input.topic)) where partition % living.count == rank {
                wanted.append((TapeKey(topic: input.topic, partition: partition), input))
            }
        }
        let wantedKeys = Set(wanted.map(\.key))
        let surplus = running.filter { !wantedKeys.contains($0.key) || $0.value.status.value.state == .released }
        for lane in surplus.values { lane.requestStop() }
        for (key, lane) in surplus {
            lane.waitUntilStopped()
            running[key] = nil
        }
        var waiting = 0
        for (key, input) in wanted where running[key] == nil {
            if let owner = owners[key], owner != member, living.contains(owner) {
                waiting += 1
                continue
            }
            let lane = InputLane(
                service: environment.service, topic: key.topic, partition: key.partition, member: member,
                source: PostgresLogSource(topic: key.topic, partition: key.partition, hub: hub), sink: sink,
                settings: environment.settings, limits: environment.limits, memory: environment.memory,
                logger: environment.logger, makeHandler: input.makeHandler)
            running[key] = lane
            lane.start()
        }
        problem = waiting == 0 ? nil : "\(waiting) lanes are still with another process"
    }

    func forgetPassed(session: PostgresSession) throws {
        let retention = environment.retention
        while try retention.apply(session: session) >= retention.rows {}
    }

    func stopLanes() {
        for lane in running.values { lane.requestStop() }
        for lane in running.values { lane.waitUntilStopped() }
        running.removeAll()
    }

    func close() { announcer.stop() }
}

import City
import Dispatch
import Logging
import Messages
import Metrics
import Postgres
import Synchronization
import Threads

/// How a lane works; the defaults suit one small machine.
public struct LaneLimits: Sendable {
    /// Most messages of one transaction.
    public var batch = 500
    /// A lane that has just handled fewer messages than this, because no more were at hand, lets more gather before it
    /// looks again: a batch of few costs nearly as much as one of many. A message that comes after a pause is handled at
    /// once.
    public var gatherBelow = 250
    /// How many times as long as the last batch took messages may gather. The busier the machine, the longer a batch
    /// takes, and the larger the next one is: lanes that keep up leave the machine to those that do not.
    public var gatherTimes = 8
    /// Least and most time for that.
    public var gatherMilliseconds = 10...50
    /// Longest wait for messages before the lane looks around: at the clock, at replay requests.
    public var idleMilliseconds = 250
    /// Longest pause between attempts while something is away.
    public var pauseMilliseconds = 2_000
    /// How often a lane that has set messages aside looks whether an operator wants them handled again.
    public var replayMilliseconds = 500
    /// Claims without a commit after which messages are handled one by one.
    public var carefulAfterClaims = 3
    /// Times a message may be begun without its lane getting past it.
    public var attempts = 3
    /// Largest allowed difference between wall and monotonic time before firing stops.
    public var clockDriftSeconds = 5.0

    public init() {}
}

/// A lane over one input partition: the loop that reads, handles, commits and publishes. Runs on its own thread.
final class InputLane: Sendable {
    let topic: Topic
    let partition: Int
    let status: LaneStatusBox
    private let service: String
    private let member: Int64
    private let source: any LaneSource & Sendable
    private let sink: any LogSink
    private let settings: PostgresSettings
    private let limits: LaneLimits
    private let memory: LaneMemory
    private let logger: Logger
    private let makeHandler: @Sendable (LaneIdentity) throws -> any LaneHandler
    private let stopping = Atomic(false)
    private let finished = Latch()
    private let pauseSignal = MonotonicSemaphore(value: 0)

    init(
        service: String, topic: Topic, partition: Int, member: Int64, source: any LaneSource & Sendable,
        sink: any LogSink, settings: PostgresSettings, limits: LaneLimits, memory: LaneMemory,
        logger: Logger, makeHandler: @escaping @Sendable (LaneIdentity) throws -> any LaneHandler
    ) {
        self.service = service
        self.topic = topic
        self.partition = partition
        self.member = member
        self.source = source
        self.sink = sink
        self.settings = settings
        self.limits = limits
        self.memory = memory
        var logger = logger
        logger[metadataKey: "lane"] = "\(service)/\(topic.name)/\(partition)"
        self.logger = logger
        self.makeHandler = makeHandler
        status = LaneStatusBox(input: topic.name, partition: partition)
    }

    func start() {
        DispatchQueue(label: "lane \(service)/\(topic.name)/\(partition)").async { [self] in
            run()
            finished.open()
        }
    }

    /// Asks the lane to finish the batch in hand and hand over.
    func requestStop() {
        stopping.store(true, ordering: .releasing)
        source.wake()
        pauseSignal.signal()
    }

    /// Waits until the lane has let go of its partition, after ``requestStop()``.
    func waitUntilStopped() { finished.wait() }

    private var isStopping: Bool { stopping.load(ordering: .acquiring) }

    private func run() {
        var pauses = 0
        var session: PostgresSession?
        defer { session?.close() }
        while !isStopping {
            do {
                let current =
                    try session.flatMap { $0.isUsable ? $0 : nil } ?? PostgresSession(settings, logger: logger)
                session = current
                try claimAndWork(current, progressed: { pauses = 0 })
            } catch {
                let verdict = FailureVerdict(error)
                if case .stop(let code) = verdict {
                    status.update { $0.state = code == .fenced ? .released : .stopped(reason: "\(error)") }
                    log(code == .fenced ? .notice : .critical, "lane stopped", error)
                    return
                }
                if verdict == .reclaim { session = nil }
                status.update { $0.state = .paused(reason: "\(verdict)") }
                if pauses == 0 { log(.warning, "lane paused", error) }
                pauses += 1
                pause(attempt: pauses)
            }
        }
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ error: any Error) {
        logger.log(level: level, message, metadata: ["error": "\(error)"])
    }

    /// Backs off with jitter; a stop request ends the pause.
    private func pause(attempt: Int) {
        let longest = min(limits.pauseMilliseconds, 25 << min(attempt, 10))
        let milliseconds = Int.random(in: longest / 2...longest)
        _ = pauseSignal.wait(timeout: .now() + .milliseconds(milliseconds))
    }

    /// Claims the lane and works until something fails or a stop is asked for; then lets go.
    private func claimAndWork(_ session: PostgresSession, progressed: () -> Void) throws {
        let work = try LaneWork.claim(
            service: service, topic: topic, partition: partition, member: member, source: source, sink: sink,
            limits: limits, memory: memory, logger: logger, session: session, makeHandler: makeHandler)
        status.update {
            $0.state = .running
            $0.position = work.position
        }
        while !isStopping {
            try work.step(session: session)
            progressed()
            status.update {
                $0.state = work.impediment.map { .paused(reason: $0) } ?? .running
                $0.position = work.position
                $0.caughtUp = work.caughtUp
            }
        }
        try work.release(session: session)
        status.update { $0.state = .released }
    }
}

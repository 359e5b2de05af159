public import City
import Dispatch
import Logging
import Messages
import Metrics
public import Postgres
import Synchronization

/// What a service does with requests that write.
///
/// Like a ``LaneHandler``: made anew for each claim and after each failed transaction, used on one thread.
public protocol RequestHandler: AnyObject, SendableMetatype {
    associatedtype Request: Sendable
    associatedtype Response: Sendable

    /// Whether the next call may take what it writes for new, and not wait to be told what is not.
    ///
    /// Set before each group, and false when something is handled again. A handler that may uses `enqueueAllOrFail`;
    /// when that fails, the whole group is rolled back and handled again. One that does not care ignores it.
    var takesAllForNew: Bool { get set }

    /// Handles requests that waited together, in one transaction; each caller is answered after the commit.
    ///
    /// - Returns: one result a request, in order. A failure answers that caller alone: the handler must have written
    ///   nothing for it. A thrown error rolls all of them back, and they are tried apart.
    func handle(
        _ requests: [Request], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws -> [Result<Response, any Error>]
}

extension RequestHandler {
    public var takesAllForNew: Bool {
        get { false }
        set {}
    }
}

/// How many requests may wait, and for how long.
public struct RequestLimits: Sendable {
    /// Requests of one transaction.
    public var group = 256
    /// Requests that may wait; more are refused at once.
    public var waiting = 4_096
    /// Time after which a waiting request is given up.
    public var waitMilliseconds = 10_000

    public init() {}
}

/// A lane for requests that write: those that wait together share one transaction and are answered after it.
///
/// A request that was answered is durable. One that failed with ``LaneError/Code/unavailable`` may or may not have
/// taken effect (the answer of a commit can get lost), so requests must be safe to repeat.
public final class RequestLane<Handler: RequestHandler>: RequestLaneRunning {
    private struct Waiting {
        var request: Handler.Request
        var deadline: DispatchTime
        var continuation: CheckedContinuation<Handler.Response, any Error>
    }

    private struct Queue {
        var waiting: [Waiting] = []
        var isOpen = false
        var isStopping = false
        /// Opens when the run that was started last has ended.
        var ended = Latch()
    }

    let status: LaneStatusBox
    private let limits: RequestLimits
    private let makeHandler: @Sendable (LaneIdentity) throws -> Handler
    private let queue = Mutex(Queue())
    private let bell = WakeHub.Bell()
    private let groupSize = Recorder(label: "wangge.requests.group")
    private let refused = Counter(label: "wangge.requests.refused")

    init(limits: RequestLimits, makeHandler: @escaping @Sendable (LaneIdentity) throws -> Handler) {
        self.limits = limits
        self.makeHandler = makeHandler
        status = LaneStatusBox(input: LaneIdentity.httpInput, partition: 0)
    }

    /// Handles a request in the next transaction.
    ///
    /// - Returns: the handler's response, after the transaction is durable.
    /// - Throws: the handler's failure; ``LaneError`` `overloaded` when too many wait, `unavailable` while the database
    ///   is away or the service stops.
    public func submit(_ request: Handler.Request) async throws -> Handler.Response {
        try await withCheckedThrowingContinuation { continuation in
            let waiting = Waiting(
                request: request, deadline: .now() + .milliseconds(limits.waitMilliseconds), continuation: continuation)
            let refusal: LaneError? = queue.withLock { queue in
                if queue.isStopping { return LaneError(.unavailable, "the service is stopping") }
                if !queue.isOpen { return LaneError(.unavailable, "the database cannot be reached") }
                if queue.waiting.count >= limits.waiting { return LaneError(.overloaded, "too many requests wait") }
                queue.waiting.append(waiting)
                return nil
            }
            if let refusal {
                refused.increment()
                continuation.resume(throwing: refusal)
            } else {
                bell.ring()
            }
        }
    }

    /// Requests that wait now.
    public var waitingCount: Int { queue.withLock { $0.waiting.count } }

    // MARK: Running

    /// Starts the lane; again, with a new membership, after the last run has ended.
    func start(_ environment: RequestLaneEnvironment) {
        let ended = Latch()
        queue.withLock { queue in
            queue.isStopping = false
            queue.ended = ended
        }
        DispatchQueue(label: "lane \(environment.service)/http").async { [self] in
            run(environment)
            close(LaneError(.unavailable, "the service is stopping"))
            ended.open()
        }
    }

    func requestStop() {
        queue.withLock { $0.isStopping = true }
        bell.ring()
    }

    func waitUntilStopped() { queue.withLock { $0.ended }.wait() }

    private var isStopping: Bool { queue.withLock { $0.isStopping } }

    private func run(_ environment: RequestLaneEnvironment) {
        var session: PostgresSession?
        var pauses = 0
        defer { session?.close() }
        while !isStopping || waitingCount > 0 {
            do {
                let current =
                    try session.flatMap { $0.isUsable ? $0 : nil }
                    ?? PostgresSession(environment.settings, logger: environment.logger)
                session = current
                try claimAndWork(current, environment, progressed: { pauses = 0 })
                return
            } catch {
                let verdict = FailureVerdict(error)
                if verdict == .reclaim { session = nil }
                close(LaneError(.unavailable, "the database cannot be reached"))
                status.update { $0.state = .paused(reason: "\(verdict)") }
                if pauses == 0 {
                    environment.logger.warning("request lane paused", metadata: ["error": "\(error)"])
                }
                pauses += 1
                if isStopping { return }
                bell.wait(milliseconds: min(2_000, 25 << min(pauses, 7)))
            }
        }
    }

    /// Refuses those who wait; new ones are refused until the lane is claimed again.
    private func close(_ error: LaneError) {
        let waiting = queue.withLock { queue in
            defer { queue.waiting.removeAll() }
            queue.isOpen = false
            return queue.waiting
        }
        for one in waiting { one.continuation.resume(throwing: error) }
    }

    private func claimAndWork(
        _ session: PostgresSession, _ environment: RequestLaneEnvironment, progressed: () -> Void
    ) throws {
        let lane = try session.transaction { transaction in
            let slot = try MembershipStore.freeSlot(
                service: environment.service, member: environment.member, in: transaction)
            return try LaneStore.claim(
                service: environment.service, input: LaneIdentity.httpInput, partition: slot,
                member: environment.member, firstOffset: 0, in: transaction)
        }
        let writer = LaneWriter(lane: lane, sink: environment.sink)
        try writer.publishLeftovers(session: session)
        var claim = Claim(
            writer: writer, session: session, logger: environment.logger, handler: try makeHandler(lane.identity))
        queue.withLock { $0.isOpen = true }
        status.update {
            $0.state = .running
            $0.partition = lane.identity.partition
            $0.caughtUp = true
        }
        while true {
            let group = takeGroup()
            if group.isEmpty {
                if isStopping { break }
                bell.wait(milliseconds: 1_000)
                continue
            }
            groupSize.record(group.count)
            var open = group[...]
            do {
                claim.beginGroup()
                try answer(&open, with: &claim)
            } catch {
                for one in open {
                    one.continuation.resume(throwing: LaneError(.unavailable, "the database did not answer"))
                }
                throw error
            }
            progressed()
        }
        try LaneStore.release(lane, session: session)
        status.update { $0.state = .released }
    }

    private func takeGroup() -> [Waiting] {
        let (group, late) = queue.withLock { queue in
            let now = DispatchTime.now()
            let taken = Array(queue.waiting.prefix(limits.group))
            queue.waiting.removeFirst(taken.count)
            return (taken.filter { $0.deadline >= now }, taken.filter { $0.deadline < now })
        }
        for one in late {
            one.continuation.resume(throwing: LaneError(.overloaded, "the request waited too long"))
        }
        return group
    }

    /// What the lane works with from its claim on.
    private struct Claim {
        /// After something was not new that had been taken for it, so many groups are looked at: whoever sends much
        /// again does not have all of it done twice.
        private static var doubtedGroups: Int { 16 }

        let writer: LaneWriter
        let session: PostgresSession
        let logger: Logger
        private(set) var handler: Handler
        private var groupsToDoubt = 0

        init(writer: LaneWriter, session: PostgresSession, logger: Logger, handler: Handler) {
            self.writer = writer
            self.session = session
            self.logger = logger
            self.handler = handler
        }

        mutating func beginGroup() {
            handler.takesAllForNew = groupsToDoubt == 0
            groupsToDoubt = max(0, groupsToDoubt - 1)
        }

        /// Goes on with another handler, which takes nothing for new.
        mutating func renew(_ handler: Handler) {
            self.handler = handler
            self.handler.takesAllForNew = false
        }

        /// Notes that something failed only because it was not as new as the handler took it for.
        ///
        /// - Returns: whether that is so.
        mutating func noteNotNew(_ error: any Error) -> Bool {
            let cause = (error as? TransactionError)?.postgresError
            guard handler.takesAllForNew, cause?.sqlState == LogState.notNew else { return false }
            groupsToDoubt = Self.doubtedGroups
            return true
        }
    }

    /// Handles a group; when that fails for its content, each half apart. Whoever was answered is removed from `group`.
    private func answer(_ group: inout ArraySlice<Waiting>, with claim: inout Claim) throws {
        do {
            // A key path of a generic type is made anew each time it is met.
            let (requests, handler) = (group.map { $0.request }, claim.handler)
            let committed = try claim.writer.commit(
                firstOffset: 0, nextOffset: 0, assumingTime: true, session: claim.session
            ) { transaction, now, output in
                try handler.handle(requests, now: now, in: transaction, output: &output)
            }
            precondition(committed.result.count == group.count, "a handler answers each request")
            for (waiting, result) in zip(group, committed.result) { waiting.continuation.resume(with: result) }
            group = []
            try claim.writer.publish(committed.frames, session: claim.session)
        } catch {
            guard !group.isEmpty else { throw error }
            let wasNotNew = claim.noteNotNew(error)
            switch FailureVerdict(error) {
            case .bisect where wasNotNew:
                claim.renew(try makeHandler(claim.writer.lane.identity))
                try answer(&group, with: &claim)
            case .bisect, .reject:
                claim.renew(try makeHandler(claim.writer.lane.identity))
                claim.logger.error(
                    "a group of requests failed", metadata: ["error": "\(error)", "requests": "\(group.count)"])
                if group.count == 1 {
                    group.first?.continuation.resume(throwing: error)
                    group = []
                    return
                }
                let middle = group.startIndex + group.count / 2
                var first = group[..<middle]
                var second = group[middle...]
                // Whoever was not answered when a half fails is answered by the caller.
                defer { group = ArraySlice(first + second) }
                try answer(&first, with: &claim)
                try answer(&second, with: &claim)
            case .retry:
                bell.wait(milliseconds: 20)
                guard group.contains(where: { $0.deadline >= .now() }) else { throw error }
                claim.renew(try makeHandler(claim.writer.lane.identity))
                try answer(&group, with: &claim)
            default:
                throw error
            }
        }
    }
}

extension LaneIdentity {
    static let httpInput = "http"
}

/// What a request lane needs from its process.
struct RequestLaneEnvironment: Sendable {
    var service: String
    var member: Int64
    var settings: PostgresSettings
    var sink: any LogSink
    var logger: Logger
}

/// A request lane, whatever its requests are.
protocol RequestLaneRunning: AnyObject, Sendable {
    var status: LaneStatusBox { get }
    func start(_ environment: RequestLaneEnvironment)
    func requestStop()
    func waitUntilStopped()
}

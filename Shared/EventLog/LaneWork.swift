import City
import Dispatch
import Logging
import Messages
import Metrics
import Postgres

/// What a lane does between a claim and the next failure. Used on the lane's thread.
final class LaneWork {
    private(set) var position: Int64
    private(set) var caughtUp = false
    /// Why the lane makes no progress though nothing failed; nil when all is well.
    private(set) var impediment: String?

    private let source: any LaneSource
    private let writer: LaneWriter
    private let limits: LaneLimits
    private let logger: Logger
    private let makeHandler: (LaneIdentity) throws -> any LaneHandler
    private var handler: any LaneHandler
    private var tape: Tape
    private var parkedSubjects: Set<String>
    private var clock: LaneClock
    /// Messages still to be handled one by one, because earlier owners of the lane died without a commit: a batch's
    /// worth, for any of them may be the one they died of.
    private var carefulLeft: Int
    private var careful: Bool { carefulLeft > 0 }
    /// Time of the last message read: "now" while more wait.
    private var logTime: Timestamp?
    private var replayLookAt = DispatchTime.now()
    /// Before this moment more messages are to gather; see ``LaneLimits/gatherBelow``.
    private var gatherUntil = DispatchTime.now()

    private let consumed: Counter
    private let repeats: Counter
    private let deadLetters: Counter
    private let duration: Metrics.Timer
    private let lag: Gauge

    init(
        lane: ClaimedLane, source: any LaneSource, sink: any LogSink, limits: LaneLimits, logger: Logger,
        handler: any LaneHandler, makeHandler: @escaping (LaneIdentity) throws -> any LaneHandler
    ) throws {
        self.source = source
        self.limits = limits
        self.logger = logger
        self.handler = handler
        self.makeHandler = makeHandler
        writer = LaneWriter(lane: lane, sink: sink)
        position = lane.nextOffset
        tape = Tape(lane.seen, acceptsLateStart: lane.lateStart)
        parkedSubjects = lane.parkedSubjects
        carefulLeft = lane.claims >= limits.carefulAfterClaims ? limits.batch : 0
        clock = LaneClock(driftLimitSeconds: limits.clockDriftSeconds)
        let labels = [("topic", lane.identity.input), ("partition", String(lane.identity.partition))]
        consumed = Counter(label: "messaging.client.consumed.messages", dimensions: labels)
        repeats = Counter(label: "wangge.lane.repeats", dimensions: labels)
        deadLetters = Counter(label: "wangge.lane.dead_letters", dimensions: labels)
        duration = Metrics.Timer(label: "messaging.process.duration", dimensions: labels)
        lag = Gauge(label: "wangge.lane.behind", dimensions: labels)
    }

    func publishLeftovers(session: PostgresSession) throws { try writer.publishLeftovers(session: session) }

    /// One round: a batch, or a tick, or a replay, or a short wait.
    func step(session: PostgresSession) throws {
        try replayIfRequested(session: session)
        gather()
        let most = careful ? 1 : limits.batch
        let fetched = try source.fetch(
            from: position, max: most, waitMilliseconds: idleWait(), session: session)
        caughtUp = fetched.reachedEnd
        lag.record(fetched.reachedEnd ? 0 : 1)
        if fetched.messages.isEmpty {
            if fetched.reachedEnd { carefulLeft = 0 }
        } else {
            let began = DispatchTime.now()
            try handle(fetched.messages, session: session)
            if fetched.messages.count < min(most, limits.gatherBelow) { letGather(since: began) }
            carefulLeft = max(0, carefulLeft - 1)
        }
        try tickIfDue(session: session)
        source.expectTick(at: handler.nextTick)
    }

    private func letGather(since began: DispatchTime) {
        let now = DispatchTime.now()
        let took = Int((now.uptimeNanoseconds - began.uptimeNanoseconds) / 1_000_000)
        let (least, most) = (limits.gatherMilliseconds.lowerBound, limits.gatherMilliseconds.upperBound)
        gatherUntil = now + .milliseconds(min(max(limits.gatherTimes * took, least), most))
    }

    private func gather() {
        guard DispatchTime.now() < gatherUntil else { return }
        _ = DispatchSemaphore(value: 0).wait(timeout: gatherUntil)
    }

    private func idleWait() -> Int {
        guard impediment == nil, let next = handler.nextTick, let now = clock.estimate() else {
            return limits.idleMilliseconds
        }
        let untilTick = max(0, (next.microseconds - now.microseconds) / 1_000)
        return Int(min(Int64(limits.idleMilliseconds), untilTick))
    }

    // MARK: Messages

    private func handle(_ messages: [Message], session: PostgresSession) throws {
        var fresh: [Message] = []
        var seen = tape
        var gap: (message: Message, expected: Int64)?
        reading: for message in messages {
            switch seen.verdict(on: message) {
            case .new:
                seen.note(message)
                fresh.append(message)
            case .repeated:
                repeats.increment()
            case .gap(let expected):
                gap = (message, expected)
                break reading
            }
        }
        let next = gap.map(\.message.offset) ?? messages[messages.count - 1].offset + 1
        if next > position {
            if careful, let first = fresh.first,
                try LaneStore.noteAttempt(writer.lane, offset: first.offset, session: session) > limits.attempts
            {
                let reason = "the process died of it \(limits.attempts) times"
                try commit(fresh, upTo: next, rejecting: [first.offset: reason], session: session)
            } else {
                try handleOrFindFault(fresh, upTo: next, session: session)
            }
        }
        if let gap { stopAtGap(gap.message, expected: gap.expected) } else { impediment = nil }
    }

    /// A number is missing: whatever is behind it must not be handled before it arrives. Never passed over.
    private func stopAtGap(_ message: Message, expected: Int64) {
        if impediment == nil {
            logger.critical(
                "a message is missing from the log",
                metadata: [
                    "producer": "\(message.producer)", "expected": "\(expected)", "found": "\(message.number)",
                    "offset": "\(message.offset)",
                ])
        }
        impediment = "gap: producer \(message.producer) expected \(expected), found \(message.number)"
        source.forget()
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(limits.idleMilliseconds))
    }

    /// Handles messages in one transaction; when that fails for a message, finds it by halving.
    private func handleOrFindFault(
        _ messages: [Message], upTo next: Int64, rejecting: [Int64: String] = [:], session: PostgresSession
    ) throws {
        do {
            try commit(messages, upTo: next, rejecting: rejecting, session: session)
        } catch {
            switch FailureVerdict(error) {
            case .reject(let offset, let reason) where rejecting[offset] == nil:
                try renewHandler()
                var rejecting = rejecting
                rejecting[offset] = reason
                try handleOrFindFault(messages, upTo: next, rejecting: rejecting, session: session)
            case .bisect(let reason), .reject(_, let reason):
                try renewHandler()
                let open = messages.filter { rejecting[$0.offset] == nil }
                logger.error(
                    "a batch failed",
                    metadata: ["error": "\(error)", "messages": "\(messages.count)", "offset": "\(position)"])
                if open.count <= 1 {
                    var rejecting = rejecting
                    for message in open { rejecting[message.offset] = reason }
                    try commit(messages, upTo: next, rejecting: rejecting, session: session)
                } else {
                    let middle = messages.count / 2
                    let cut = messages[middle].offset
                    try handleOrFindFault(
                        Array(messages[..<middle]), upTo: cut, rejecting: rejecting, session: session)
                    try handleOrFindFault(
                        Array(messages[middle...]), upTo: next, rejecting: rejecting, session: session)
                }
            default:
                throw error
            }
        }
    }

    private func commit(
        _ messages: [Message], upTo next: Int64, rejecting: [Int64: String], session: PostgresSession
    ) throws {
        let start = DispatchTime.now()
        var newTape = tape
        for message in messages { newTape.note(message) }
        var parkedBehind = parkedSubjects
        var toHandle: [Message] = []
        var parked: [Message] = []
        for message in messages {
            if parkedBehind.contains(message.subject), !message.subject.isEmpty {
                parked.append(message)
            } else if rejecting[message.offset] != nil {
                parkedBehind.insert(message.subject)
            } else {
                toHandle.append(message)
            }
        }
        let rejected = messages.filter { message in
            rejecting[message.offset] != nil && !parked.contains { $0.offset == message.offset }
        }
        // How far the log has been read: "now" for ticks while more wait.
        if let last = messages.last { logTime = max(logTime ?? last.time, last.time) }
        var failedInside: [LaneOutput.DeadLetter] = []
        let committed = try writer.commit(
            firstOffset: position, nextOffset: next, tape: newTape, parked: parked, session: session
        ) { transaction, now, output in
            for message in rejected {
                output.deadLetter(message, reason: rejecting[message.offset] ?? "")
            }
            if !toHandle.isEmpty { try handler.handle(toHandle, now: now, in: transaction, output: &output) }
            failedInside = output.deadLetters
            try refuseOvertaking(of: failedInside, in: toHandle)
        }
        clock.note(committed.time)
        newTape.stored()
        tape = newTape
        position = next
        for message in failedInside.map(\.message) + parked { parkedSubjects.insert(message.subject) }
        consumed.increment(by: messages.count)
        deadLetters.increment(by: committed.deadLettered)
        try writer.publish(committed.frames, session: session)
        duration.recordNanoseconds(Int64(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds))
    }

    /// When a handler sets a message aside, later ones of its subject in the same batch were already handled; the batch
    /// is cut there, so that they are parked instead.
    private func refuseOvertaking(of failed: [LaneOutput.DeadLetter], in handled: [Message]) throws {
        for (message, reason) in failed where !message.subject.isEmpty && !parkedSubjects.contains(message.subject) {
            let overtaken = handled.contains { $0.subject == message.subject && $0.offset > message.offset }
            if overtaken { throw MessageRejected(offset: message.offset, reason: reason) }
        }
    }

    private func renewHandler() throws { handler = try makeHandler(writer.lane.identity) }

    // MARK: Time

    private func wallTime(session: PostgresSession) throws -> Timestamp {
        let time = try LaneStore.now(session: session)
        clock.note(time)
        return time.now
    }

    private func tickIfDue(session: PostgresSession) throws {
        guard let due = handler.nextTick else { return }
        let now: Timestamp
        if caughtUp {
            if let estimate = clock.estimate(), due > estimate.advanced(bySeconds: 1), !clock.isReplay { return }
            now = try wallTime(session: session)
        } else {
            guard let logTime else { return }
            now = logTime
        }
        guard due <= now else { return }
        if let drift = clock.drift {
            if impediment == nil {
                logger.critical("time jumped: nothing fires", metadata: ["seconds": "\(Int(drift))"])
            }
            impediment = "wall clock and monotonic clock differ by \(Int(drift)) s"
            return
        }
        impediment = nil
        let committed = try writer.commit(
            firstOffset: position, nextOffset: position, at: now, session: session
        ) { transaction, now, output in
            try handler.tick(now: now, in: transaction, output: &output)
        }
        try writer.publish(committed.frames, session: session)
    }

    // MARK: Replay

    /// Handles messages that an operator wants handled again, oldest first, with those parked behind them.
    private func replayIfRequested(session: PostgresSession) throws {
        guard !parkedSubjects.isEmpty, DispatchTime.now() >= replayLookAt else { return }
        replayLookAt = .now() + .milliseconds(500)
        let messages = try DeadLetterStore.requested(lane: writer.lane.identity, limit: limits.batch, session: session)
        guard !messages.isEmpty else { return }
        let subjects = Set(messages.map(\.subject))
        let identity = writer.lane.identity
        do {
            let committed = try writer.commit(firstOffset: position, nextOffset: position, session: session) {
                transaction, now, output in
                try handler.handle(messages, now: now, in: transaction, output: &output)
                if let failed = output.deadLetters.first {
                    throw MessageRejected(offset: failed.message.offset, reason: failed.reason)
                }
                try DeadLetterStore.markReplayed(messages, lane: identity, in: transaction)
            }
            if messages.count < limits.batch { parkedSubjects.subtract(subjects) }
            try writer.publish(committed.frames, session: session)
        } catch {
            switch FailureVerdict(error) {
            case .reject(_, let reason), .bisect(let reason):
                try renewHandler()
                try DeadLetterStore.markFailed(
                    subjects: subjects.sorted(), reason: reason, lane: identity, session: session)
            default: throw error
            }
        }
    }
}

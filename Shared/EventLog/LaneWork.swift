import City
import Dispatch
import Logging
import Messages
import Metrics
import Postgres
import Threads

/// What a lane does between a claim and the next failure. Used on the lane's thread.
final class LaneWork {
    private(set) var position: Int64
    private(set) var caughtUp = false
    /// Why the lane makes no progress though nothing failed; nil when all is well.
    var impediment: String? { gap ?? wrongTime ?? slowTime }
    /// A message is missing.
    private var gap: String?
    /// The clock cannot be believed.
    private var wrongTime: String?
    /// The last look at the suite's clock took too long to say anything.
    private var slowTime: String?

    private let source: any LaneSource
    private let writer: LaneWriter
    private let limits: LaneLimits
    private let memory: LaneMemory
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
    private var time = LaneTime()
    private var replayLookAt = DispatchTime.now()
    /// Before this moment more messages are to gather; see ``LaneLimits/gatherBelow``.
    private var gatherUntil = DispatchTime.now()

    private let consumed: Counter
    private let repeats: Counter
    private let deadLetters: Counter
    private let duration: Metrics.Timer
    private let lag: Gauge

    init(
        lane: ClaimedLane, source: any LaneSource, sink: any LogSink, limits: LaneLimits, memory: LaneMemory,
        logger: Logger, handler: any LaneHandler, makeHandler: @escaping (LaneIdentity) throws -> any LaneHandler
    ) throws {
        self.source = source
        self.limits = limits
        self.memory = memory
        self.logger = logger
        self.handler = handler
        self.makeHandler = makeHandler
        writer = LaneWriter(lane: lane, sink: sink)
        position = lane.nextOffset
        tape = Tape(lane.seen, acceptsLateStart: lane.lateStart)
        parkedSubjects = lane.parkedSubjects
        carefulLeft = lane.claims >= limits.carefulAfterClaims ? limits.batch : 0
        clock = LaneClock(driftLimitSeconds: limits.clockDriftSeconds, anchor: memory.anchor)
        let labels = [("topic", lane.identity.input), ("partition", String(lane.identity.partition))]
        consumed = Counter(label: "messaging.client.consumed.messages", dimensions: labels)
        repeats = Counter(label: "wangge.lane.repeats", dimensions: labels)
        deadLetters = Counter(label: "wangge.lane.dead_letters", dimensions: labels)
        duration = Metrics.Timer(label: "messaging.process.duration", dimensions: labels)
        lag = Gauge(label: "wangge.lane.behind", dimensions: labels)
    }

    /// Takes the lane over for `member`, and publishes what its last owner committed and could not publish.
    static func claim(
        service: String, topic: Topic, partition: Int, member: Int64, source: any LaneSource, sink: any LogSink,
        limits: LaneLimits, memory: LaneMemory = LaneMemory(), logger: Logger, session: PostgresSession,
        makeHandler: @escaping (LaneIdentity) throws -> any LaneHandler
    ) throws -> LaneWork {
        let first = try source.firstOffset(session: session)
        let claimed = try session.transaction {
            try LaneStore.claim(
                service: service, input: topic.name, partition: partition, member: member, firstOffset: first, in: $0)
        }
        guard claimed.nextOffset >= first else {
            throw LaneError(.positionLost, "position \(claimed.nextOffset) lies before the log's beginning \(first)")
        }
        source.forget()
        let work = try LaneWork(
            lane: claimed, source: source, sink: sink, limits: limits, memory: memory, logger: logger,
            handler: makeHandler(claimed.identity), makeHandler: makeHandler)
        try work.writer.publishLeftovers(session: session)
        return work
    }

    /// Gives the lane up so that another process can take it without waiting.
    func release(session: PostgresSession) throws { try LaneStore.release(writer.lane, session: session) }

    /// One round: a batch, or a tick, or a replay, or a short wait.
    func step(session: PostgresSession) throws {
        try replayIfRequested(session: session)
        pause(until: gatherUntil)
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

    private func idleWait() -> Int {
        guard impediment == nil, let next = handler.nextTick, let now = clock.estimate() else {
            return limits.idleMilliseconds
        }
        let untilTick = max(0, (next.microseconds - now.microseconds) / 1_000)
        return Int(min(Int64(limits.idleMilliseconds), untilTick))
    }

    // MARK: Messages

    private func handle(_ messages: [Message], session: PostgresSession) throws {
        let reading = TapeReading(messages, tape: tape)
        if reading.repeats > 0 { repeats.increment(by: reading.repeats) }
        if reading.next > position {
            if careful, let first = reading.fresh.first,
                try attempts(at: first, session: session) > limits.attempts
            {
                let reason = "the process died of it \(limits.attempts) times"
                try commit(reading.fresh, upTo: reading.next, rejecting: [first.offset: reason], session: session)
            } else {
                try handleOrFindFault(reading.fresh, upTo: reading.next, session: session)
            }
        }
        if let gap = reading.gap { stopAtGap(gap.message, expected: gap.expected) } else { self.gap = nil }
    }

    /// How many processes have begun the message and are gone, this one included should it go.
    private func attempts(at message: Message, session: PostgresSession) throws -> Int {
        let lane = TapeKey(topic: message.topic, partition: message.partition)
        let attempts = try LaneStore.noteAttempt(
            writer.lane, offset: message.offset, again: memory.hasBegun(message.offset, of: lane), session: session)
        memory.begin(message.offset, of: lane)
        return attempts
    }

    /// A number is missing: whatever is behind it must not be handled before it arrives. Never passed over.
    private func stopAtGap(_ message: Message, expected: Int64) {
        if gap == nil {
            logger.critical(
                "a message is missing from the log",
                metadata: [
                    "producer": "\(message.producer)", "expected": "\(expected)", "found": "\(message.number)",
                    "offset": "\(message.offset)",
                ])
        }
        gap = "gap: producer \(message.producer) expected \(expected), found \(message.number)"
        // What waits behind the gap may disprove what is due.
        caughtUp = false
        source.forget()
        pause(until: .now() + .milliseconds(limits.idleMilliseconds))
    }

    /// Handles messages in one transaction; when that fails for a message, finds it by halving.
    private func handleOrFindFault(
        _ messages: [Message], upTo next: Int64, rejecting: [Int64: String] = [:], session: PostgresSession
    ) throws {
        do {
            try commit(messages, upTo: next, rejecting: rejecting, session: session)
        } catch {
            switch FaultSearch(after: FailureVerdict(error), of: messages, rejecting: rejecting) {
            case .again(let rejecting):
                try renewHandler()
                try handleOrFindFault(messages, upTo: next, rejecting: rejecting, session: session)
            case .finally(let rejecting):
                try noteFailure(error, of: messages)
                try commit(messages, upTo: next, rejecting: rejecting, session: session)
            case .halves(let middle):
                try noteFailure(error, of: messages)
                let cut = messages[middle].offset
                try handleOrFindFault(
                    Array(messages[..<middle]), upTo: cut, rejecting: rejecting, session: session)
                try handleOrFindFault(
                    Array(messages[middle...]), upTo: next, rejecting: rejecting, session: session)
            case .none:
                throw error
            }
        }
    }

    private func noteFailure(_ error: any Error, of messages: [Message]) throws {
        try renewHandler()
        logger.error(
            "a batch failed",
            metadata: ["error": "\(error)", "messages": "\(messages.count)", "offset": "\(position)"])
    }

    private func commit(
        _ messages: [Message], upTo next: Int64, rejecting: [Int64: String], session: PostgresSession
    ) throws {
        let start = DispatchTime.now()
        var newTape = tape
        for message in messages { newTape.note(message) }
        let parking = Parking(messages, behind: parkedSubjects, rejecting: rejecting)
        if let last = messages.last { time.noteHandled(last) }
        var failedInside: [LaneOutput.DeadLetter] = []
        let committed = try writer.commit(
            firstOffset: position, nextOffset: next, tape: newTape, parked: parking.parked, session: session
        ) { transaction, now, output in
            for message in parking.rejected {
                output.deadLetter(message, reason: rejecting[message.offset] ?? "")
            }
            if !parking.toHandle.isEmpty {
                try handler.handle(parking.toHandle, now: now, in: transaction, output: &output)
            }
            failedInside = output.deadLetters
            try parking.refuseOvertaking(of: failedInside)
        }
        if let time = committed.time { clock.note(time) }
        newTape.stored()
        tape = newTape
        position = next
        for message in failedInside.map(\.message) + parking.parked { parkedSubjects.insert(message.subject) }
        consumed.increment(by: messages.count)
        deadLetters.increment(by: committed.deadLettered)
        try writer.publish(committed.frames, session: session)
        duration.recordNanoseconds(Int64(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds))
    }

    private func renewHandler() throws { handler = try makeHandler(writer.lane.identity) }

    // MARK: Time

    /// What the suite's clock says; nil when the answer took too long to be judged.
    private func wallTime(session: PostgresSession) throws -> Timestamp? {
        let time = try LaneStore.now(session: session)
        let saysSomething = clock.note(time)
        slowTime = saysSomething ? nil : "the database took \(Int(time.uncertaintySeconds)) s to say the time"
        return saysSomething ? time.now : nil
    }

    private func tickIfDue(session: PostgresSession) throws {
        guard let now = try momentOfTick(session: session) else { return }
        let committed = try writer.commit(
            firstOffset: position, nextOffset: position, at: now, session: session
        ) { transaction, now, output in
            try handler.tick(now: now, in: transaction, output: &output)
        }
        try writer.publish(committed.frames, session: session)
    }

    /// The time to tick at; nil when nothing is due, or nobody can say whether it is.
    private func momentOfTick(session: PostgresSession) throws -> Timestamp? {
        guard let due = handler.nextTick else {
            (wrongTime, slowTime) = (nil, nil)
            return nil
        }
        // Time never runs ahead of messages that wait.
        guard let latest = time.latest(caughtUp: caughtUp) else { return nil }
        // A clock that was wrong, or slow to answer, is looked at until it is not.
        if wrongTime == nil, slowTime == nil, clock.drift == nil, due > latest || !mayBeDue(due) { return nil }
        // Nor ahead of the clock: a message may have been stamped by one that was wrong.
        guard let wall = try wallTime(session: session) else { return nil }
        let now = min(latest, wall)
        return isWrongTime() || due > now ? nil : now
    }

    /// Whether a look at the database's clock can find the moment passed.
    private func mayBeDue(_ due: Timestamp) -> Bool {
        guard caughtUp, !clock.isReplay, let estimate = clock.estimate() else { return true }
        return due <= estimate.advanced(bySeconds: 1)
    }

    /// Whether the clock jumped. Says so once, and once when it is right again.
    private func isWrongTime() -> Bool {
        guard let drift = clock.drift else {
            if wrongTime != nil { logger.notice("the time is right again") }
            wrongTime = nil
            return false
        }
        if wrongTime == nil { logger.critical("time jumped: nothing fires", metadata: ["seconds": "\(Int(drift))"]) }
        wrongTime = "wall clock and monotonic clock differ by \(Int(drift)) s"
        return true
    }

    // MARK: Replay

    /// Handles messages that an operator wants handled again, oldest first, with those parked behind them.
    private func replayIfRequested(session: PostgresSession) throws {
        guard !parkedSubjects.isEmpty, DispatchTime.now() >= replayLookAt else { return }
        replayLookAt = .now() + .milliseconds(limits.replayMilliseconds)
        let messages = try DeadLetterStore.requested(lane: writer.lane.identity, limit: limits.batch, session: session)
        guard !messages.isEmpty else { return }
        // What is left behind a limit is looked for again.
        try replay(messages, areAll: messages.count < limits.batch, session: session)
    }

    /// - Parameter areAll: No more of their subjects are set aside.
    private func replay(_ messages: [Message], areAll: Bool, session: PostgresSession) throws {
        let subjects = Set(messages.map(\.subject)).sorted()
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
            if areAll { parkedSubjects.subtract(subjects) }
            try writer.publish(committed.frames, session: session)
        } catch {
            switch FailureVerdict(error) {
            case .reject(_, let reason), .bisect(let reason):
                try renewHandler()
                guard subjects.count > 1 else {
                    return try DeadLetterStore.markFailed(
                        subjects: subjects, reason: reason, lane: identity, session: session)
                }
                // One that fails again is not to keep the others back.
                for subject in subjects {
                    try replay(messages.filter { $0.subject == subject }, areAll: areAll, session: session)
                }
            default: throw error
            }
        }
    }
}

import City
import Dispatch
import Messages
import Postgres

/// Turns one step of a lane into one transaction: position, effects, messages, tapes, dead letters.
///
/// Used on the lane's thread alone. When a connection was lost or a commit's answer is missing, the writer must not be
/// used again before a new claim, because only then is it known what was committed.
final class LaneWriter {
    private(set) var lane: ClaimedLane
    let service: String
    private let sink: any LogSink
    private var numbers: TapeNumbers
    /// The last answer of the suite's clock that came by itself.
    private var lastLook: SuiteTime?

    init(lane: ClaimedLane, sink: any LogSink) {
        self.lane = lane
        self.sink = sink
        service = lane.identity.service
        numbers = TapeNumbers(lane.sent)
    }

    /// What a step did to the log.
    struct Committed<Result> {
        var result: Result
        /// The suite's time when the transaction began; nil when the step's time was assumed.
        var time: SuiteTime?
        /// Frames that were published or wait in the outbox.
        var frames: [LogFrame]
        var deadLettered: Int
    }

    /// Runs `body` and stores all it causes, guarded by the lane's epoch.
    ///
    /// - Parameters:
    ///   - firstOffset: first offset of the step; the guard refuses when it has been handled already.
    ///   - nextOffset: the lane's position afterwards.
    ///   - tape: the numbers seen, stored with the position.
    ///   - parked: messages to park behind earlier ones of their subject.
    ///   - moment: the time the step happens at; nil is the suite's time.
    ///   - assumingTime: a step that follows another within a second need not wait for the suite's time: it is done at
    ///     what that must be by now, and fails, to be done again, when it is not.
    ///   - body: gets the transaction, the step's time, and where to put its messages.
    /// - Throws: ``LaneError/Code/fenced`` when the lane has another owner; otherwise what `body` or PostgreSQL threw.
    func commit<Result>(
        firstOffset: Int64, nextOffset: Int64, tape: Tape? = nil, parked: [Message] = [], at moment: Timestamp? = nil,
        assumingTime: Bool = false, session: PostgresSession,
        _ body: (PostgresTransaction, Timestamp, inout LaneOutput) throws -> Result
    ) throws -> Committed<Result> {
        let laneID = Int32(lane.identity.id)
        var newNumbers: [TapeKey: Int64] = [:]
        var frames: [LogFrame] = []
        var deadLettered = 0
        let assumed = assumingTime ? lastLook?.projected() : nil
        let (result, time) = try transaction(over: session) { transaction in
            let asked = DispatchTime.now()
            let answer = try LaneStore.advance(
                lane, from: firstOffset, to: nextOffset, assumed: assumed, in: transaction)
            var time: SuiteTime?
            let now: Timestamp
            if let assumed {
                now = moment ?? assumed
            } else {
                try transaction.flush()
                let told = try SuiteTime(answer.rows(), asked: asked)
                (lastLook, time) = (told, told)
                now = moment ?? told.now
            }
            var output = LaneOutput()
            let result = try body(transaction, now, &output)
            let asides =
                output.deadLetters.map { SetAside(message: $0.message, parked: false, reason: $0.reason) }
                + parked.map { SetAside(message: $0, parked: true, reason: "parked behind an earlier message") }
            var messages = output.messages
            if !asides.isEmpty {
                try DeadLetterStore.insert(asides, lane: lane.identity, in: transaction)
                messages += asides.map { $0.publication(now: now, service: service) }
            }
            deadLettered = asides.count
            (frames, newNumbers) = try numbers.frames(of: messages, source: service, partitions: sink.partitions)
            if !frames.isEmpty {
                try sink.store(frames, lane: laneID, in: transaction)
                try storeSent(newNumbers, lane: laneID, in: transaction)
            }
            if let tape { try storeSeen(tape, lane: laneID, in: transaction) }
            return (result, time)
        }
        numbers.commit(newNumbers)
        return Committed(result: result, time: time, frames: frames, deadLettered: deadLettered)
    }

    private func transaction<Value>(
        over session: PostgresSession, _ body: (PostgresTransaction) throws -> Value
    ) throws -> Value {
        do {
            return try session.transaction(body)
        } catch {
            lastLook = nil
            throw LaneStore.isFenced(error) ? LaneError(.fenced, "the lane has another owner") : error
        }
    }

    /// Makes committed frames visible to others, as far as that needs a step of its own.
    func publish(_ frames: [LogFrame], session: PostgresSession) throws {
        try sink.publish(frames, lane: Int32(lane.identity.id), session: session)
    }

    /// Publishes what an earlier owner of the lane left behind.
    func publishLeftovers(session: PostgresSession) throws {
        try sink.publishLeftovers(lane: Int32(lane.identity.id), session: session)
    }

    private func storeSent(_ numbers: [TapeKey: Int64], lane: Int32, in transaction: PostgresTransaction) throws {
        let tapes = numbers.sorted { ($0.key.topic, $0.key.partition) < ($1.key.topic, $1.key.partition) }
        try transaction.enqueue(
            """
            INSERT INTO eventlog.tape_sent (lane, topic, partition, last_number)
            SELECT \(lane), \(rows: tapes.map(\.key.topic.name), tapes.map { Int16($0.key.partition) },
                tapes.map(\.value))
            ON CONFLICT (lane, topic, partition) DO UPDATE SET last_number = excluded.last_number
            """)
    }

    private func storeSeen(_ tape: Tape, lane: Int32, in transaction: PostgresTransaction) throws {
        guard !tape.changed.isEmpty else { return }
        let changed = tape.changed.sorted { $0.key < $1.key }
        try transaction.enqueue(
            """
            INSERT INTO eventlog.tape_seen (lane, producer, last_number, began_after, handled)
            SELECT \(lane), \(rows: changed.map { Int32($0.key) }, changed.map { tape.lastNumber[$0.key] ?? 0 },
                changed.map { $0.value.firstNumber - 1 }, changed.map(\.value.count))
            ON CONFLICT (lane, producer)
            DO UPDATE SET last_number = excluded.last_number, handled = tape_seen.handled + excluded.handled
            """)
    }
}

/// Messages of one transaction for one partition, framed by ``RecordBatchWriter``.
struct LogFrame: Sendable {
    var topic: Topic
    var partition: Int
    var count: Int
    var firstNumber: Int64
    var records: [UInt8]
}

/// Where a lane's messages go: the PostgreSQL log, or the outbox and then Kafka.
protocol LogSink: Sendable {
    func partitions(of topic: Topic) throws -> Int
    /// Stores frames in the lane's transaction. They come ordered by topic and partition, as ``TapeNumbers`` makes them,
    /// for whoever locks what they go to: transactions that lock in one order cannot deadlock.
    func store(_ frames: [LogFrame], lane: Int32, in transaction: PostgresTransaction) throws
    /// Called after the commit, in order.
    func publish(_ frames: [LogFrame], lane: Int32, session: PostgresSession) throws
    /// Publishes what is committed and not yet published, in order.
    func publishLeftovers(lane: Int32, session: PostgresSession) throws
}

/// Where a lane's input comes from.
protocol LaneSource: AnyObject {
    /// The next messages from `offset` on, in order; waits up to `waitMilliseconds` for the first.
    ///
    /// - Throws: ``LaneError/Code/positionLost`` when the log no longer has the offset.
    func fetch(from offset: Int64, max: Int, waitMilliseconds: Int, session: PostgresSession) throws -> Fetched
    /// Forgets what was read ahead.
    func forget()
    /// Where a lane that never existed begins.
    func firstOffset(session: PostgresSession) throws -> Int64
    /// When the lane has something to do by the suite's clock; a log that can wakes it then, should the clock be moved.
    func expectTick(at moment: Timestamp?)
    /// Wakes a waiting ``fetch(from:max:waitMilliseconds:session:)``.
    func wake()
}

struct Fetched {
    var messages: [Message]
    /// Nothing was left to read when this was read.
    var reachedEnd: Bool
}

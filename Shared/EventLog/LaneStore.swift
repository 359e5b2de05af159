import City
import Dispatch
import Messages
import Postgres

/// A lane as its new owner finds it.
struct ClaimedLane {
    var identity: LaneIdentity
    var epoch: Int64
    var nextOffset: Int64
    var lateStart: Bool
    /// Claims since something was last committed, this one included.
    var claims: Int
    var suspectOffset: Int64?
    var suspectAttempts: Int
    var seen: [Int: Int64]
    var sent: [TapeKey: Int64]
    var parkedSubjects: Set<String>
}

/// Names a tape at its producer.
struct TapeKey: Hashable, Sendable {
    var topic: Topic
    var partition: Int
}

/// SQL of lanes: claiming, releasing, positions, tapes.
enum LaneStore {
    /// Makes `member` the owner: raises the epoch, so that nobody else can commit for the lane, and reads where it
    /// stands.
    ///
    /// - Parameter firstOffset: where a lane that never existed begins.
    static func claim(
        service: String, input: String, partition: Int, member: Int64, firstOffset: Int64,
        in transaction: PostgresTransaction
    ) throws -> ClaimedLane {
        // First of all: even an insert that finds the row there waits for whoever has locked it.
        try endFormerSession(service: service, input: input, partition: partition, in: transaction)
        try transaction.execute(
            """
            INSERT INTO eventlog.lane (service, input, partition, next_offset, late_start)
            SELECT \(service), \(input), \(Int16(partition)), \(firstOffset),
                   \(firstOffset) > 0 OR EXISTS (SELECT FROM eventlog.suite WHERE copied_at IS NOT NULL)
            ON CONFLICT (service, input, partition) DO NOTHING
            """)
        let rows = try transaction.query(
            """
            UPDATE eventlog.lane
            SET epoch = epoch + 1, owner = \(member), claims = least(claims + 1, 30000), session_pid = pg_backend_pid(),
                session_began = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
            WHERE service = \(service) AND input = \(input) AND partition = \(Int16(partition))
            RETURNING id, epoch, next_offset, late_start, claims, suspect_offset, suspect_attempts
            """)
        guard let row = rows.first else { throw LaneError(.fenced, "the lane vanished while it was claimed") }
        let (id, epoch, nextOffset, lateStart, claims, suspectOffset, suspectAttempts) = try row.decode(
            (Int32, Int64, Int64, Bool, Int16, Int64?, Int16).self)
        let identity = LaneIdentity(id: Int(id), service: service, input: input, partition: partition)
        return ClaimedLane(
            identity: identity, epoch: epoch, nextOffset: nextOffset, lateStart: lateStart, claims: Int(claims),
            suspectOffset: suspectOffset, suspectAttempts: Int(suspectAttempts),
            seen: try seen(lane: id, in: transaction), sent: try sent(lane: id, in: transaction),
            parkedSubjects: try parkedSubjects(lane: id, in: transaction))
    }

    /// Ends the session of the lane's former owner, should it still be there.
    ///
    /// A process that stands still in the midst of what it sends keeps its transaction, and what that has locked: the
    /// server waits for the rest without a limit. It could not commit any more, and nobody else could work.
    private static func endFormerSession(
        service: String, input: String, partition: Int, in transaction: PostgresTransaction
    ) throws {
        if PlantedFault.noFencing.isActive { return }
        _ = try transaction.query(
            """
            SELECT pg_terminate_backend(a.pid)
            FROM eventlog.lane l JOIN pg_stat_activity a ON a.pid = l.session_pid AND a.backend_start = l.session_began
            WHERE l.service = \(service) AND l.input = \(input) AND l.partition = \(Int16(partition))
              AND a.pid <> pg_backend_pid()
            """)
    }

    private static func seen(lane: Int32, in transaction: PostgresTransaction) throws -> [Int: Int64] {
        let rows = try transaction.query("SELECT producer, last_number FROM eventlog.tape_seen WHERE lane = \(lane)")
        return Dictionary(
            uniqueKeysWithValues: try rows.decode((Int32, Int64).self).map { (Int($0.0), $0.1) })
    }

    private static func sent(lane: Int32, in transaction: PostgresTransaction) throws -> [TapeKey: Int64] {
        let rows = try transaction.query(
            "SELECT topic, partition, last_number FROM eventlog.tape_sent WHERE lane = \(lane)")
        return Dictionary(
            uniqueKeysWithValues: try rows.decode((String, Int16, Int64).self).map {
                (TapeKey(topic: Topic(name: $0.0), partition: Int($0.1)), $0.2)
            })
    }

    private static func parkedSubjects(lane: Int32, in transaction: PostgresTransaction) throws -> Set<String> {
        let rows = try transaction.query(
            "SELECT DISTINCT subject FROM eventlog.dead_letter WHERE lane = \(lane) AND replayed_at IS NULL")
        return Set(try rows.decode(String.self))
    }

    /// Gives the lane up so that another process can take it without waiting.
    static func release(_ lane: ClaimedLane, session: PostgresSession) throws {
        try session.execute(
            """
            UPDATE eventlog.lane SET owner = NULL, claims = 0, session_pid = NULL, session_began = NULL
            WHERE id = \(Int32(lane.identity.id)) AND epoch = \(lane.epoch)
            """)
    }

    /// Counts that a message is about to be handled, before it is: a process that dies of it cannot forget it.
    ///
    /// - Parameter again: This process has begun it before, and lives: that is counted already.
    static func noteAttempt(
        _ lane: ClaimedLane, offset: Int64, again: Bool, session: PostgresSession
    ) throws -> Int {
        let rows = try session.query(
            """
            UPDATE eventlog.lane
            SET suspect_attempts = CASE WHEN suspect_offset = \(offset)
                                        THEN suspect_attempts + \(Int16(again ? 0 : 1)) ELSE 1 END,
                suspect_offset = \(offset)
            WHERE id = \(Int32(lane.identity.id)) AND epoch = \(lane.epoch)
            RETURNING suspect_attempts
            """)
        guard let row = rows.first else { throw LaneError(.fenced, "the lane has another owner") }
        return Int(try row.decode(Int16.self))
    }

    /// Moves the lane's position, guarded by its epoch, with what the transaction sends next.
    ///
    /// - Parameter assumed: The time the step is done at, when it does not wait for the answer: the statement fails
    ///   when that is wrong by more than a second, or when the suite replays the past.
    /// - Returns: the suite's time, once the statement has been sent. A lane that has another owner fails there, with
    ///   ``isFenced(_:)``.
    static func advance(
        _ lane: ClaimedLane, from firstOffset: Int64, to nextOffset: Int64, assumed: Timestamp? = nil,
        in transaction: PostgresTransaction
    ) throws -> PostgresPending {
        let id = Int32(lane.identity.id)
        guard !PlantedFault.noFencing.isActive else {
            return try transaction.enqueue(
                """
                UPDATE eventlog.lane
                SET next_offset = \(nextOffset), claims = 0, suspect_offset = NULL, suspect_attempts = 0,
                    committed_at = clock_timestamp()
                WHERE id = \(id)
                RETURNING eventlog.now(), (SELECT replay_now IS NOT NULL FROM eventlog.clock)
                """, label: "advance")
        }
        return try transaction.enqueue(
            """
            SELECT time_now, is_replay FROM eventlog.advance(
                \(id), \(lane.epoch), \(firstOffset), \(nextOffset),
                \(assumed.map { PostgresTimestamp($0) } as PostgresTimestamp?))
            """, label: "advance")
    }

    /// Whether a transaction failed because its lane has another owner.
    static func isFenced(_ error: TransactionError) -> Bool { error.postgresError?.sqlState == LogState.fenced }

    static func now(session: PostgresSession) throws -> SuiteTime {
        let asked = DispatchTime.now()
        return try SuiteTime(
            session.query("SELECT eventlog.now(), replay_now IS NOT NULL FROM eventlog.clock"), asked: asked)
    }
}

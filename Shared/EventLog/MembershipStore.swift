import Messages
import Postgres

/// SQL of members: who lives, who owns which lane.
enum MembershipStore {
    /// Class of the advisory locks that members hold while they live.
    static let lockClass: Int32 = 77_001
    /// A member that keeps its connection but has not been heard of this long is frozen, and as good as dead.
    static let silenceSeconds = 10

    /// Whether a member `m` lives: its session is there, which holds the lock, and it has been heard of.
    private static let lives: SQL = """
        m.heartbeat_at > clock_timestamp() - \(Int64(silenceSeconds)) * interval '1 s'
        AND EXISTS (
            SELECT FROM pg_locks k
            WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 2
              AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND k.classid = \(Int64(lockClass))::oid AND k.objid = m.id::oid)
        """

    /// Registers this process. Its session must be kept: the lock dies with it.
    static func join(service: String, session: PostgresSession) throws -> Int64 {
        let rows = try session.query("INSERT INTO eventlog.member (service) VALUES (\(service)) RETURNING id")
        guard let row = rows.first else { throw LaneError(.unavailable, "could not join") }
        let id = try row.decode(Int64.self)
        _ = try session.query("SELECT pg_advisory_lock(\(lockClass), \(Int32(truncatingIfNeeded: id)))")
        return id
    }

    /// Says that this process lives, and forgets members long dead.
    static func beat(member: Int64, session: PostgresSession) throws {
        try session.execute(
            "UPDATE eventlog.member SET heartbeat_at = clock_timestamp() WHERE id = \(member)")
        try session.execute(
            """
            DELETE FROM eventlog.member m
            WHERE m.heartbeat_at < clock_timestamp() - interval '1 hour'
              AND NOT EXISTS (SELECT FROM eventlog.lane l WHERE l.owner = m.id)
            """)
    }

    static func leave(member: Int64, session: PostgresSession) throws {
        try session.execute("UPDATE eventlog.lane SET owner = NULL WHERE owner = \(member)")
        try session.execute("DELETE FROM eventlog.member WHERE id = \(member)")
        try session.execute("SELECT pg_notify(\(LogAnnouncer.channel), '')")
    }

    /// Members of a service that live, oldest first.
    static func living(service: String, session: PostgresSession) throws -> [Int64] {
        let rows = try session.query(
            """
            SELECT m.id FROM eventlog.member m
            WHERE m.service = \(service) AND \(lives)
            ORDER BY m.id
            """)
        return try rows.decode(Int64.self)
    }

    /// - Throws: ``LaneError/Code/fenced`` when the others must think that this process is dead.
    static func requireLiving(member: Int64, service: String, session: PostgresSession) throws {
        guard try living(service: service, session: session).contains(member) else {
            throw LaneError(.fenced, "this process was silent too long")
        }
    }

    /// Owner of each lane of a service, where it has one.
    static func owners(service: String, session: PostgresSession) throws -> [TapeKey: Int64] {
        let rows = try session.query(
            "SELECT input, partition, owner FROM eventlog.lane WHERE service = \(service) AND owner IS NOT NULL")
        return Dictionary(
            uniqueKeysWithValues: try rows.decode((String, Int16, Int64).self).map {
                (TapeKey(topic: Topic(name: $0.0), partition: Int($0.1)), $0.2)
            })
    }

    /// The lowest slot for HTTP requests that no living process owns; a dead process's slot is adopted with all it left.
    static func freeSlot(service: String, member: Int64, in transaction: PostgresTransaction) throws -> Int {
        try transaction.execute(
            "SELECT pg_advisory_xact_lock(\(lockClass + 1), hashtext(\(service)))")
        let rows = try transaction.query(
            """
            SELECT slot::bigint FROM generate_series(0, 1000) AS slot
            WHERE NOT EXISTS (
                SELECT FROM eventlog.lane l JOIN eventlog.member m ON m.id = l.owner
                WHERE l.service = \(service) AND l.input = \(LaneIdentity.httpInput) AND l.partition = slot
                  AND l.owner <> \(member)
                  AND \(lives))
            ORDER BY slot LIMIT 1
            """)
        guard let row = rows.first else { throw LaneError(.unavailable, "no free slot for requests") }
        return Int(try row.decode(Int64.self))
    }

    /// Makes sure, under the lock that slots are taken with, that a slot has no living owner.
    static func holdsOrphan(slot: Int, service: String, in transaction: PostgresTransaction) throws -> Bool {
        try transaction.execute("SELECT pg_advisory_xact_lock(\(lockClass + 1), hashtext(\(service)))")
        let rows = try transaction.query(
            """
            SELECT l.id FROM eventlog.lane l
            WHERE l.service = \(service) AND l.input = \(LaneIdentity.httpInput) AND l.partition = \(Int16(slot))
              AND NOT EXISTS (
                SELECT FROM eventlog.member m
                WHERE m.id = l.owner
                  AND \(lives))
            """)
        return !rows.isEmpty
    }

    /// Request lanes of dead processes that left messages in the outbox.
    static func orphans(service: String, session: PostgresSession) throws -> [Int] {
        let living = try living(service: service, session: session)
        let rows = try session.query(
            """
            SELECT l.partition FROM eventlog.lane l
            WHERE l.service = \(service) AND l.input = \(LaneIdentity.httpInput)
              AND (l.owner IS NULL OR l.owner <> ALL(\(living)))
              AND EXISTS (SELECT FROM eventlog.outbox o WHERE o.lane = l.id)
            ORDER BY l.partition
            """)
        return try rows.decode(Int16.self).map { Int($0) }
    }
}

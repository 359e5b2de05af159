import Postgres

/// SQL of dead letters, as an operator sees them.
enum DeadLetters {
    /// Which ones are meant; nil: any.
    struct Choice: Sendable {
        var service: String?
        var topic: String?
        var subject: String?
    }

    struct Row: Sendable {
        var id: Int64
        var service: String
        var place: String
        var subject: String
        var isParked: Bool
        var reason: String
        var happenedAt: PostgresTimestamp
    }

    /// What is set aside now, oldest first.
    static func open(_ choice: Choice, limit: Int, session: PostgresSession) throws -> [Row] {
        let rows = try session.query(
            """
            SELECT id, service, topic || '/' || partition || '@' || log_offset, subject, parked, reason, happened_at
            FROM eventlog.dead_letter d WHERE \(condition(choice)) ORDER BY id LIMIT \(Int64(limit))
            """)
        return try rows.decode((Int64, String, String, String, Bool, String, PostgresTimestamp).self).map {
            Row(
                id: $0.0, service: $0.1, place: $0.2, subject: $0.3, isParked: $0.4, reason: $0.5, happenedAt: $0.6)
        }
    }

    /// Asks the lanes to handle them again; they look every half second.
    ///
    /// - Returns: Those that were asked for.
    static func requestReplay(_ choice: Choice, session: PostgresSession) throws -> [Int64] {
        let rows = try session.query(
            """
            UPDATE eventlog.dead_letter d SET replay_requested_at = clock_timestamp()
            WHERE \(condition(choice)) RETURNING id
            """)
        return try rows.decode(Int64.self)
    }

    struct Progress: Sendable, Equatable {
        /// Handled now.
        var replayed: Int
        /// Failed again: the request was taken back.
        var failed: Int
        /// Still to be handled.
        var waiting: Int
    }

    static func progress(of ids: [Int64], session: PostgresSession) throws -> Progress {
        let rows = try session.query(
            """
            SELECT count(*) FILTER (WHERE replayed_at IS NOT NULL),
                   count(*) FILTER (WHERE replayed_at IS NULL AND replay_requested_at IS NULL),
                   count(*) FILTER (WHERE replayed_at IS NULL AND replay_requested_at IS NOT NULL)
            FROM eventlog.dead_letter WHERE id = ANY(\(ids))
            """)
        guard let row = rows.first else { return Progress(replayed: 0, failed: 0, waiting: 0) }
        let (replayed, failed, waiting) = try row.decode((Int64, Int64, Int64).self)
        return Progress(replayed: Int(replayed), failed: Int(failed), waiting: Int(waiting))
    }

    /// Of these, what failed for itself rather than for an earlier one of its subject.
    static func failures(of ids: [Int64], limit: Int, session: PostgresSession) throws -> [Row] {
        let open = try open(Choice(), limit: 10_000, session: session)
        let wanted = Set(ids)
        return Array(open.filter { wanted.contains($0.id) && !$0.isParked }.prefix(limit))
    }

    private static func condition(_ choice: Choice) -> SQL {
        """
        d.replayed_at IS NULL AND (\(choice.service)::text IS NULL OR d.service = \(choice.service))
        AND (\(choice.topic)::text IS NULL OR d.topic = \(choice.topic))
        AND (\(choice.subject)::text IS NULL OR d.subject = \(choice.subject))
        """
    }
}

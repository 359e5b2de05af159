import Postgres

/// How long the log in PostgreSQL keeps messages that everybody has read.
public struct LogRetention: Sendable {
    /// Hours that a message stays at least, for looking back.
    public var hours = 24
    /// Hours after which messages go that no lane reads, such as outcomes.
    public var unreadHours = 168
    /// Rows removed in one transaction.
    public var rows = 1_000

    public init() {}

    /// Removes the oldest messages that all lanes have passed, partition by partition. What a lane still needs stays,
    /// however old.
    ///
    /// - Returns: rows removed; as many as `rows` for a partition means that there may be more.
    func apply(session: PostgresSession) throws -> Int {
        // Only one process at a time; the others have nothing to add.
        let rows = try session.query("SELECT pg_try_advisory_lock(\(MembershipStore.lockClass + 2), 0)")
        guard try rows.decode(Bool.self) == [true] else { return 0 }
        defer { _ = try? session.query("SELECT pg_advisory_unlock(\(MembershipStore.lockClass + 2), 0)") }
        return try session.execute(
            """
            WITH passed AS (
                SELECT p.topic, p.partition, least(p.next_offset, min(l.next_offset)) AS below,
                       CASE WHEN count(l.id) = 0 THEN \(Int64(unreadHours)) ELSE \(Int64(hours)) END AS hours
                FROM eventlog.partition p
                JOIN eventlog.topic t ON t.id = p.topic
                LEFT JOIN eventlog.lane l ON l.input = t.name AND l.partition = p.partition
                GROUP BY p.topic, p.partition, p.next_offset
            ), old AS (
                SELECT d.topic, d.partition, d.base_offset, d.count
                FROM passed CROSS JOIN LATERAL (
                    SELECT b.topic, b.partition, b.base_offset, b.count FROM eventlog.record_batch b
                    WHERE b.topic = passed.topic AND b.partition = passed.partition
                      AND b.base_offset + b.count <= passed.below
                      AND b.appended_at < clock_timestamp() - passed.hours * interval '1 hour'
                    ORDER BY b.base_offset LIMIT \(Int64(self.rows))) AS d
            ), gone AS (
                DELETE FROM eventlog.record_batch b USING old
                WHERE b.topic = old.topic AND b.partition = old.partition AND b.base_offset = old.base_offset
                RETURNING b.topic, b.partition, b.base_offset + b.count AS next
            ), moved AS (
                UPDATE eventlog.partition p SET first_offset = greatest(p.first_offset, g.next)
                FROM (SELECT topic, partition, max(next) AS next FROM gone GROUP BY topic, partition) AS g
                WHERE p.topic = g.topic AND p.partition = g.partition
                RETURNING 1
            )
            SELECT FROM gone
            """)
    }
}

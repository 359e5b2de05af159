import Dispatch
import Postgres
import Threads

/// Waits until every lane has read everything and nothing is due: only then can inputs be compared with effects.
enum Quiet {
    static let check = AuditCheck(0, "quiet", zh: "所有通道已读完消息", en: "all lanes have read all messages", run: { _ in [] })

    /// - Returns: lanes that are not quiet when the time is over; empty when all are.
    static func wait(seconds: Int, session: PostgresSession) throws -> [String] {
        let deadline = DispatchTime.now() + Double(seconds)
        var quietBefore = false
        while true {
            let busy = try busyLanes(session)
            // Twice in a row: between two hops a message is with no lane for a moment.
            if busy.isEmpty, quietBefore { return [] }
            quietBefore = busy.isEmpty
            if DispatchTime.now() >= deadline { return busy }
            pause(until: .now() + .milliseconds(200))
        }
    }

    private static func busyLanes(_ session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT l.service || '/' || l.input || '/' || l.partition
            FROM eventlog.lane l
            JOIN eventlog.topic t ON t.name = l.input
            JOIN eventlog.partition p ON p.topic = t.id AND p.partition = l.partition
            WHERE l.next_offset < p.next_offset AND (SELECT log FROM eventlog.suite) = 'postgres'
            UNION ALL
            SELECT 'outbox of lane ' || lane FROM eventlog.outbox
            UNION ALL
            SELECT l.service || '/' || s.topic || '/' || s.partition
            FROM eventlog.tape_sent s
            JOIN eventlog.lane l ON l.input = s.topic AND l.partition = s.partition
            LEFT JOIN eventlog.tape_seen n ON n.lane = l.id AND n.producer = s.lane
            WHERE coalesce(n.last_number, 0) < s.last_number
            UNION ALL
            SELECT 'clock of case ' || case_id FROM sla.clock WHERE next_due < eventlog.now() - interval '3 s'
            LIMIT 50
            """
        ).decode(String.self)
    }
}

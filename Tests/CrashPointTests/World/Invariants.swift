import Postgres

/// What must hold of a suite at rest, whatever happened to it. Each line that is found is a fault.
enum Invariants {
    static func faults(_ session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT 'outbox holds ' || topic || '/' || partition FROM eventlog.outbox
            UNION ALL SELECT 'report twice: ' || source || ' ' || source_id
                FROM intake.report GROUP BY source, source_id HAVING count(*) > 1
            UNION ALL SELECT 'report in ' || count(*) || ' cases: ' || report_id
                FROM routing.history WHERE report_id IS NOT NULL GROUP BY report_id HAVING count(*) > 1
            UNION ALL SELECT 'case without its report: ' || h.report_id
                FROM routing.history h LEFT JOIN intake.report r ON r.id = h.report_id
                WHERE h.report_id IS NOT NULL AND r.id IS NULL
            UNION ALL SELECT 'history with a gap: ' || c.id
                FROM routing."case" c JOIN routing.history h ON h.case_id = c.id GROUP BY c.id, c.version
                HAVING count(*) <> c.version OR min(h.version) <> 1 OR max(h.version) <> c.version
            UNION ALL SELECT 'history does not lead on: ' || case_id || ' ' || version FROM (
                    SELECT case_id, version, from_state, at, lag(to_state) OVER life AS before, lag(at) OVER life AS earlier
                    FROM routing.history WINDOW life AS (PARTITION BY case_id ORDER BY version)) AS steps
                WHERE from_state IS DISTINCT FROM before OR at < earlier
            UNION ALL SELECT 'state is not the last step: ' || c.id
                FROM routing."case" c JOIN routing.history h ON h.case_id = c.id AND h.version = c.version
                WHERE h.to_state <> c.state
            UNION ALL SELECT 'early: ' || case_id || ' ' || kind || ' ' || mark FROM sla.fired WHERE fired_at < due_at
            UNION ALL SELECT 'a clock of a case that has ended: ' || c.case_id
                FROM sla.clock c JOIN sla.watched_case w USING (case_id) WHERE w.ended_at IS NOT NULL
            UNION ALL SELECT 'ledger is not zero' FROM rewards.account HAVING sum(posted) <> 0 OR sum(pending) <> 0
            UNION ALL SELECT 'balance of ' || coalesce(owner, kind) FROM rewards.balance_check WHERE NOT agrees
            UNION ALL SELECT 'two awards: ' || t.case_id || ' ' || t.owner || ' ' || t.kind
                FROM rewards.transfer t LEFT JOIN rewards.resolution r ON r.transfer = t.id
                WHERE coalesce(r.state, 'posted') = 'posted' GROUP BY t.case_id, t.owner, t.kind HAVING count(*) > 1
            UNION ALL SELECT 'marks do not sum up: ' || case_id || ' ' || difference FROM analytics.verify()
            """
        ).decode(String.self)
    }

    /// What must hold when everything was filed.
    static func unfiled(_ session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT 'report in no case: ' || r.id FROM intake.report r
            WHERE NOT EXISTS (SELECT FROM routing.history h WHERE h.report_id = r.id)
            """
        ).decode(String.self)
    }
}

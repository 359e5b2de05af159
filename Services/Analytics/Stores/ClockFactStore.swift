import City
import Messages
import Postgres

/// Tables `analytics.clock_fact` and `analytics.case_mark`: marks that clocks passed, and the worst of each case.
enum ClockFactStore {
    /// Stores marks, sums up new ones per case and tells the feed of them. A mark that is known changes nothing.
    ///
    /// The worst of several and the first of several are the same in any order, so `case_mark` is too.
    static func save(_ marks: [ClockFired], in transaction: PostgresTransaction) throws {
        guard !marks.isEmpty else { return }
        func moments(_ moment: KeyPath<ClockFired, Timestamp>) -> [PostgresTimestamp] {
            marks.map { PostgresTimestamp($0[keyPath: moment]) }
        }
        try transaction.enqueue(
            """
            WITH fresh AS (
                INSERT INTO analytics.clock_fact (case_id, kind, version, mark, started_at, deadline, fired_at,
                    provisional, grid)
                SELECT \(rows: marks.map(\.caseID.value), marks.map(\.kind.rawValue),
                    marks.map { Int32($0.version) }, marks.map(\.mark.rawValue), moments(\.startedAt),
                    moments(\.deadline), moments(\.firedAt), marks.map(\.provisional),
                    marks.map(\.grid?.rawValue))
                ON CONFLICT DO NOTHING
                RETURNING case_id, kind, mark, fired_at, CASE mark WHEN 'yellow' THEN 1 WHEN 'red' THEN 2 ELSE 3 END AS rank
            ), summed AS (
                INSERT INTO analytics.case_mark (case_id, dispatch_mark, accept_mark, handling_mark, check_mark,
                    first_breach_at)
                SELECT case_id, coalesce(max(rank) FILTER (WHERE kind = 'dispatch'), 0),
                    coalesce(max(rank) FILTER (WHERE kind = 'accept'), 0),
                    coalesce(max(rank) FILTER (WHERE kind = 'handling'), 0),
                    coalesce(max(rank) FILTER (WHERE kind = 'check'), 0),
                    min(fired_at) FILTER (WHERE mark = 'breach')
                FROM fresh GROUP BY case_id
                ON CONFLICT (case_id) DO UPDATE SET
                    dispatch_mark = greatest(case_mark.dispatch_mark, excluded.dispatch_mark),
                    accept_mark = greatest(case_mark.accept_mark, excluded.accept_mark),
                    handling_mark = greatest(case_mark.handling_mark, excluded.handling_mark),
                    check_mark = greatest(case_mark.check_mark, excluded.check_mark),
                    first_breach_at = least(case_mark.first_breach_at, excluded.first_breach_at)
            )
            INSERT INTO analytics.feed (at, case_id, change, state, colour)
            SELECT fired_at, case_id, CASE mark WHEN 'breach' THEN 'breached' ELSE 'warned' END,
                -- The stage the clock ran for: the case may have moved on since.
                CASE kind WHEN 'dispatch' THEN 'filed' WHEN 'accept' THEN 'dispatched' WHEN 'handling' THEN 'handling'
                    ELSE 'handled' END,
                nullif(mark, 'breach')
            FROM fresh ORDER BY fired_at DESC LIMIT \(CaseDigest.mostLines)
            """, label: "save marks")
    }
}

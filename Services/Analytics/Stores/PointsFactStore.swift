import City
import Messages
import Postgres

/// Table `analytics.points_fact`: claims of points.
enum PointsFactStore {
    /// Stores claims, merged with what is known of them as ``PointsFact/merge(_:)`` does.
    ///
    /// - Parameter facts: Each claim at most once.
    static func save(_ facts: [PointsFact], in transaction: PostgresTransaction) throws {
        guard !facts.isEmpty else { return }
        func moments(_ moment: KeyPath<PointsFact, Timestamp?>) -> [PostgresTimestamp?] {
            facts.map { $0[keyPath: moment].map { PostgresTimestamp($0) } }
        }
        try transaction.enqueue(
            """
            INSERT INTO analytics.points_fact AS known (transfer, state, kind, points, case_id, grid, opened_at,
                resolved_at, resolved_day)
            SELECT b.*, (b.resolved_at AT TIME ZONE (SELECT analytics.time_zone()))::date
            FROM (SELECT \(rows: facts.map(\.transfer), facts.map(\.state.rawValue), facts.map(\.kind),
                facts.map { Int32($0.points) }, facts.map(\.caseID.value), facts.map(\.grid?.rawValue),
                moments(\.openedAt), moments(\.resolvedAt)))
                AS b (transfer, state, kind, points, case_id, grid, opened_at, resolved_at)
            ON CONFLICT (transfer) DO UPDATE SET
                state = CASE known.state WHEN 'pending' THEN excluded.state ELSE known.state END,
                opened_at = coalesce(known.opened_at, excluded.opened_at),
                resolved_at = coalesce(known.resolved_at, excluded.resolved_at),
                resolved_day = coalesce(known.resolved_day, excluded.resolved_day)
            """, label: "save points")
    }
}

import City
import Messages
import Postgres

/// Table `analytics.feed`: the latest changes, for the page alone.
enum FeedStore {
    /// Lines that are kept, and for how long at most: what people from outside wrote stays no longer than it is of use.
    static let keptLines = 20_000
    static let keptDays = 30

    static func add(_ lines: some Collection<FeedLine>, in transaction: PostgresTransaction) throws {
        guard !lines.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO analytics.feed (at, case_id, change, state, title)
            SELECT \(rows: lines.map { PostgresTimestamp($0.at) }, lines.map(\.caseID.value),
                lines.map(\.change.rawValue), lines.map(\.state.rawValue), lines.map(\.title))
            """, label: "add to feed")
    }

    /// Deletes lines beyond what is kept.
    static func prune(now: Timestamp, in transaction: PostgresTransaction) throws {
        let oldest = PostgresTimestamp(now.advanced(bySeconds: Int64(-86_400 * keptDays)))
        try transaction.enqueue(
            """
            DELETE FROM analytics.feed
            WHERE id < greatest(
                (SELECT max(id) FROM analytics.feed) - \(Int64(keptLines)) + 1,
                -- Ids rise with time: the first young line ends the walk.
                coalesce((SELECT id FROM analytics.feed WHERE at >= \(oldest) ORDER BY id LIMIT 1),
                         (SELECT max(id) FROM analytics.feed) + 1))
            """, label: "prune feed")
    }

    /// The newest line's id; 0 when there is none.
    static func last(_ transaction: PostgresTransaction) throws -> Int64 {
        try transaction.query("SELECT coalesce(max(id), 0) FROM analytics.feed").decode(Int64.self).first ?? 0
    }

    /// The newest lines, oldest first.
    ///
    /// A line whose case is not known yet (its message is on its way) is left out until it is.
    ///
    /// - Parameters:
    ///   - after: Only lines with a larger id.
    ///   - grids: Only cases in one of these; nil: all.
    static func latest(
        after: Int64, limit: Int, grids: [GridCode]? = nil, in transaction: PostgresTransaction
    ) throws -> [FeedItem] {
        let inside: SQL = grids.map { "AND c.grid = ANY (\($0.map(\.rawValue)))" } ?? ""
        let newest = try items("f.id > \(after) \(inside) ORDER BY f.id DESC LIMIT \(Int64(limit))", in: transaction)
        return newest.reversed()
    }

    /// The first lines after an id, oldest first; lines whose case is not known yet are left out.
    static func next(after: Int64, limit: Int, in transaction: PostgresTransaction) throws -> [FeedItem] {
        try items("f.id > \(after) ORDER BY f.id LIMIT \(Int64(limit))", in: transaction)
    }

    private static func items(_ selection: SQL, in transaction: PostgresTransaction) throws -> [FeedItem] {
        let rows = try transaction.query(
            """
            SELECT f.id, f.at, c.number, f.change, f.state, f.colour, c.severity, c.path,
                c.category, c.grid, c.longitude, c.latitude,
                coalesce(f.title, (SELECT t.title FROM analytics.feed t
                    WHERE t.case_id = f.case_id AND t.title IS NOT NULL ORDER BY t.id DESC LIMIT 1)) AS title
            FROM analytics.feed f JOIN analytics.case_fact c USING (case_id)
            WHERE \(selection)
            """, label: "feed")
        return try rows.map { row in
            FeedItem(
                id: try row["id"].decode(), at: Timestamp(try row["at"].decode(PostgresTimestamp.self)),
                number: try row["number"].decode(), change: try row["change"].decode(),
                state: try row["state"].decode(), colour: try row["colour"].decode(),
                severity: try row["severity"].decode(), path: try row["path"].decode(),
                category: CategoryCode(try row["category"].decode(String.self)),
                grid: try row["grid"].decode(String?.self).map { GridCode($0) },
                longitude: try row["longitude"].decode(), latitude: try row["latitude"].decode(),
                title: try row["title"].decode(String?.self) ?? "")
        }
    }
}

public import Postgres

extension PostgresTransaction {
    /// Queues a statement that stores rows `ON CONFLICT DO NOTHING RETURNING` something, and fails unless that is all
    /// of them.
    ///
    /// The failure names no key, so the server's log has none. For a ``RequestHandler`` that takes what it stores for
    /// new.
    public func enqueueAllOrFail(_ insert: SQL, rows: Int) throws {
        try enqueue(
            "WITH stored AS (\(insert)) SELECT eventlog.require_all(count(*), \(Int64(rows))) FROM stored",
            label: "all new")
    }
}

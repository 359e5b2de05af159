/// The result of an enqueued statement, there once the queue has been sent.
public final class PostgresPending {
    private var result: ResultHandle?

    func fulfil(_ result: ResultHandle) { self.result = result }

    /// The statement's rows.
    ///
    /// - Throws: ``PostgresError`` with code `misuse` before the statement has been sent, or when it failed.
    public func rows() throws(PostgresError) -> PostgresRows {
        guard let result else { throw PostgresError(.misuse, "an enqueued statement has no result yet") }
        return PostgresRows(result: result)
    }

    /// How many rows the statement inserted, updated, deleted or returned.
    public func affectedRows() throws(PostgresError) -> Int { try rows().affectedRows }
}

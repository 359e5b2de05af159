/// How much a transaction sees of others that run at the same time.
public enum PostgresIsolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

extension PostgresSession {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// - Throws: ``TransactionError``, which says which step failed and whether a commit's answer was lost.
    @discardableResult
    public func transaction<Value>(
        isolation: PostgresIsolation = .readCommitted, readOnly: Bool = false,
        _ body: (PostgresTransaction) throws -> Value
    ) throws(TransactionError) -> Value {
        do throws(PostgresError) {
            try checkNotLent()
            try dropStaleStatements()
        } catch {
            throw TransactionError(beginError: error)
        }
        let access = readOnly ? " READ ONLY" : ""
        let transaction = PostgresTransaction(
            self, begin: "BEGIN ISOLATION LEVEL \(unescaped: isolation.rawValue)\(unescaped: access)")
        isLent = true
        defer { isLent = false }
        let value: Value
        do {
            value = try body(transaction)
        } catch {
            throw transaction.rollback(after: error)
        }
        try transaction.commit()
        return value
    }

    /// Sends several statements, all or none, in one round trip: BEGIN, the statements, COMMIT.
    ///
    /// ```swift
    /// try session.pipeline { pipeline in
    ///     try pipeline.add("INSERT INTO a …", label: "a")
    ///     try pipeline.add("INSERT INTO b …", label: "b")
    /// }
    /// ```
    ///
    /// Results can be read from what `add` returned once the call is over.
    ///
    /// - Throws: ``TransactionError``; its cause's `step` is the label of the first statement that failed.
    public func pipeline(_ body: (inout PostgresPipeline) throws -> Void) throws(TransactionError) {
        try transaction { transaction in
            var pipeline = PostgresPipeline(transaction: transaction)
            try body(&pipeline)
        }
    }
}

/// Collects the statements of one round trip.
public struct PostgresPipeline {
    let transaction: PostgresTransaction

    /// Adds a statement; its result is there after the pipeline has ended.
    @discardableResult
    public mutating func add(_ sql: SQL, label: String? = nil) throws(PostgresError) -> PostgresPending {
        try transaction.enqueue(sql, label: label)
    }
}

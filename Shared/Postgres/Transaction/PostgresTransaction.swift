import CLibpq

/// An open transaction, lent to a closure. Must not be kept after it.
///
/// Statements can be *enqueued*: they travel with the next query, or with COMMIT, in one round trip. BEGIN travels with
/// the first statement, so a transaction that only enqueues costs one round trip in all, and one that does nothing
/// costs none.
public final class PostgresTransaction {
    let session: PostgresSession
    private var queue: [Step]
    /// Whether BEGIN has been sent, so that there is something to roll back.
    private var hasBegun = false
    private var isOver = false
    private(set) var beginError: PostgresError?
    private var savepoints = 0
    private let statementTimeoutBefore: Int

    init(_ session: PostgresSession, begin: SQL) {
        self.session = session
        queue = [Step(sql: begin, label: "begin")]
        statementTimeoutBefore = session.statementTimeoutMilliseconds
    }

    /// Sends the queue and this statement in one round trip and returns the statement's rows.
    ///
    /// - Throws: ``PostgresError``; its `step` is the label of the statement that failed, which may be an enqueued one.
    public func query(_ sql: SQL, label: String? = nil) throws(PostgresError) -> PostgresRows {
        let pending = try enqueue(sql, label: label)
        try flush()
        return try pending.rows()
    }

    /// Sends the queue and this statement in one round trip and returns how many rows it touched.
    @discardableResult
    public func execute(_ sql: SQL, label: String? = nil) throws(PostgresError) -> Int {
        try query(sql, label: label).affectedRows
    }

    /// Queues a statement to travel with the next query, ``flush()`` or the commit, in order.
    ///
    /// An error of the statement appears there, with its label. A value that cannot be sent is refused here.
    @discardableResult
    public func enqueue(_ sql: SQL, label: String? = nil) throws(PostgresError) -> PostgresPending {
        try checkOpen()
        do throws(PostgresError) { try sql.parameters.check() } catch { throw error.labelled(label) }
        let pending = PostgresPending()
        queue.append(Step(sql: sql, label: label, pending: pending))
        return pending
    }

    /// Sends the queue in one round trip.
    public func flush() throws(PostgresError) {
        try checkOpen()
        try session.metrics.query.measure { () throws(PostgresError) in
            if let failure = try send([]).failure { throw failure }
        }
    }

    /// Runs `body` so that its statements can be undone alone: when it throws, the transaction is as it was before.
    @discardableResult
    public func savepoint<Value>(_ body: (PostgresTransaction) throws -> Value) throws -> Value {
        savepoints += 1
        let name = "savepoint_\(savepoints)"
        try enqueue("SAVEPOINT \(unescaped: name)", label: "savepoint")
        // Sent now, so that a failure of an earlier statement is not taken for one of the body.
        try flush()
        do {
            let value = try body(self)
            try enqueue("RELEASE SAVEPOINT \(unescaped: name)", label: "release savepoint")
            try flush()
            return value
        } catch {
            queue.removeAll()
            if session.isUsable {
                let undo: [SQL] = ["ROLLBACK TO SAVEPOINT \(unescaped: name)", "RELEASE SAVEPOINT \(unescaped: name)"]
                _ = try session.run(undo.map { Step(sql: $0, label: "rollback to savepoint") }).get()
            }
            throw error
        }
    }

    /// Limits each further statement of this transaction, in milliseconds; 0 is no limit.
    public func setStatementTimeout(milliseconds: Int) throws(PostgresError) {
        try execute("SET LOCAL statement_timeout = \(unescaped: String(milliseconds))", label: "statement timeout")
        session.setStatementTimeout(milliseconds)
    }

    /// Sends the queue, then runs a text of several statements separated by `;`.
    public func executeScript(_ text: String) throws(PostgresError) {
        try flush()
        try session.script(text)
    }

    /// Sends the queue, then rows by COPY; see ``PostgresSession/copyIn(_:columns:rows:)``.
    @discardableResult
    public func copyIn(_ sql: SQL, columns: Int, rows: (inout CopyWriter) throws -> Void) throws -> Int {
        try flush()
        return try session.copyRows(into: sql, columns: columns, rows: rows)
    }

    /// Sends the queue, then reads rows by COPY; see ``PostgresSession/copyOut(_:row:)``.
    public func copyOut(_ sql: SQL, row: (CopyRow) throws -> Void) throws {
        try flush()
        try session.copyRows(outOf: sql, row: row)
    }
}

extension PostgresTransaction {
    private func checkOpen() throws(PostgresError) {
        if isOver { throw PostgresError(.misuse, "the transaction is over") }
        if let beginError { throw beginError }
    }

    /// Sends the queue and `more`; results reach those who wait for them.
    private func send(_ more: [Step]) throws(PostgresError) -> BatchOutcome {
        let steps = queue + more
        guard !steps.isEmpty else { return BatchOutcome() }
        let outcome = try session.run(steps)
        queue.removeAll(keepingCapacity: true)
        for (step, result) in zip(steps, outcome.results) { step.pending?.fulfil(result) }
        if !hasBegun {
            if outcome.results.isEmpty { beginError = outcome.failure } else { hasBegun = true }
        }
        return outcome
    }

    /// Sends the queue and COMMIT in one round trip.
    func commit() throws(TransactionError) {
        defer { end() }
        guard hasBegun || queue.count > 1 else { return }
        let enqueued = queue.count
        let outcome: BatchOutcome
        do throws(PostgresError) {
            outcome = try session.metrics.commit.measure { () throws(PostgresError) in
                try send([Step(sql: "COMMIT", label: "commit")])
            }
        } catch {
            // Nothing of this batch was sent.
            throw TransactionError(bodyError: error, rollbackError: undo())
        }
        guard let failure = outcome.failure else {
            // The server answers COMMIT of a transaction that failed earlier with a friendly ROLLBACK.
            guard outcome.results[enqueued].commandTag == "COMMIT" else {
                throw TransactionError(
                    commitError: PostgresError(.server, "the transaction had been aborted by an earlier error"))
            }
            return
        }
        // An answered failure stops the server short of COMMIT, and so does its farewell to an earlier step, which has
        // an SQLSTATE. A missing answer tells nothing about what was sent with it.
        let isCommit = outcome.results.count == enqueued
        if outcome.failureIsAmbiguous, isCommit || failure.sqlState == nil {
            throw TransactionError(commitError: failure, commitAmbiguous: true)
        }
        if let beginError { throw TransactionError(beginError: beginError) }
        if isCommit { throw TransactionError(rollbackError: undo(), commitError: failure) }
        throw TransactionError(bodyError: failure, rollbackError: undo())
    }

    /// Undoes everything after the body threw `error`.
    func rollback(after error: any Error) -> TransactionError {
        defer { end() }
        if let beginError { return TransactionError(beginError: beginError) }
        return TransactionError(bodyError: error, rollbackError: undo())
    }

    /// Rolls back if there is anything to roll back. A session that cannot is of no more use.
    private func undo() -> PostgresError? {
        queue.removeAll()
        guard hasBegun, session.isUsable, session.transactionStatus != PQTRANS_IDLE else { return nil }
        do throws(PostgresError) {
            _ = try session.run([Step(sql: "ROLLBACK", label: "rollback")], mayBeStopped: false).get()
            return nil
        } catch {
            session.markBroken()
            return error
        }
    }

    private func end() {
        isOver = true
        session.setStatementTimeout(statementTimeoutBefore)
    }
}

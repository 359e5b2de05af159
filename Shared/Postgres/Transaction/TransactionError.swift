/// Which step of a transaction failed.
///
/// Exactly one of `beginError`, `bodyError` and `commitError` is set; `rollbackError` may come on top.
public struct TransactionError: Error {
    public var beginError: PostgresError?
    /// What the body threw, or the error of a statement it had enqueued.
    public var bodyError: (any Error)?
    public var rollbackError: PostgresError?
    public var commitError: PostgresError?
    /// COMMIT was sent and its answer is missing: the transaction may have been committed. Look before doing it again.
    public var commitAmbiguous = false

    /// The first thing that went wrong.
    public var cause: any Error { beginError ?? commitError ?? bodyError ?? rollbackError ?? Self.unknown }

    /// The cause, if it came from PostgreSQL.
    public var postgresError: PostgresError? { cause as? PostgresError }

    /// The connection was lost; nothing was committed unless `commitAmbiguous`.
    public var isConnectionLost: Bool {
        postgresError?.isConnectionLost == true || rollbackError?.isConnectionLost == true
    }

    /// The whole transaction can be tried again, unchanged. Never so for an ambiguous commit.
    public var isTransient: Bool { !commitAmbiguous && (postgresError?.isTransient ?? false) }

    private static let unknown = PostgresError(.protocolViolation, "the transaction failed without a cause")
}

extension TransactionError: CustomStringConvertible {
    public var description: String {
        var parts: [String] = []
        if let beginError { parts.append("begin failed: \(beginError)") }
        // A body's own error may hold data unless it is one of ours.
        if let bodyError {
            parts.append("body failed: \((bodyError as? PostgresError)?.description ?? "\(type(of: bodyError))")")
        }
        if let commitError { parts.append("commit failed: \(commitError)") }
        if commitAmbiguous { parts.append("it may have been committed") }
        if let rollbackError { parts.append("rollback failed: \(rollbackError)") }
        return "transaction: " + parts.joined(separator: "; ")
    }
}

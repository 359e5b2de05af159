import Postgres

/// What to do about an error: the one place that maps any error to a consequence.
enum FailureVerdict: Equatable {
    /// The lane has another owner: leave it.
    case stop(LaneError.Code)
    /// What was committed is unknown, or the database is away: claim again and read the position.
    case reclaim
    /// Nothing was wrong with the messages: the same again after a while.
    case retry
    /// This one message cannot be handled.
    case reject(offset: Int64, reason: String)
    /// Some message of the batch is at fault; find it.
    case bisect(reason: String)

    init(_ error: any Error) {
        switch error {
        case let error as LaneError:
            self = error.code == .unavailable ? .reclaim : .stop(error.code)
        case let error as MessageRejected:
            self = .reject(offset: error.offset, reason: error.reason)
        case let error as TransactionError:
            self = FailureVerdict(transaction: error)
        case let error as PostgresError:
            self = FailureVerdict(postgres: error)
        default:
            self = .bisect(reason: "the handler failed: \(type(of: error))")
        }
    }

    private init(transaction error: TransactionError) {
        if error.isConnectionLost || error.commitAmbiguous {
            self = .reclaim
        } else if let cause = error.bodyError ?? error.commitError ?? error.beginError {
            self = FailureVerdict(cause)
        } else {
            self = .reclaim
        }
    }

    private init(postgres error: PostgresError) {
        if error.isConnectionLost {
            self = .reclaim
        } else if error.isTransient || FailureVerdict.isOperational(error.sqlState ?? "") {
            self = .retry
        } else {
            self = .bisect(reason: "the database refused it: SQLSTATE \(error.sqlState ?? "none")")
        }
    }

    /// Trouble of the server, not of the data: disk full, out of memory, shutting down, rights, tables or topics
    /// missing; or the time was not what a lane had assumed.
    private static func isOperational(_ sqlState: String) -> Bool {
        ["53", "57", "58", "08", "25", "28", "42", "XX", "0A"].contains(String(sqlState.prefix(2)))
            || ["40001", "40P01", "55P03", LogState.unknownTopic, LogState.wrongTime].contains(sqlState)
    }
}

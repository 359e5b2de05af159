import City
import EventLog
import Postgres

/// What a client is told about errors of the database and the lanes.
enum SuiteErrors {
    static func problem(for error: any Error) -> Problem? {
        switch error {
        case let error as LaneError:
            switch error.code {
            case .overloaded: return Problem(.tooManyRequests).retry(afterSeconds: 1)
            default: return Problem(.unavailable).retry(afterSeconds: 1)
            }
        case let error as TransactionError:
            return problem(for: error.cause)
        case let error as PostgresError:
            if error.code == .poolExhausted { return Problem(.overloaded).retry(afterSeconds: 1) }
            return error.isTransient || error.isConnectionLost ? Problem(.unavailable).retry(afterSeconds: 1) : nil
        default:
            return nil
        }
    }
}

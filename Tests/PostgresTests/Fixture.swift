import Logging
import Postgres
import TestSupport

/// What most tests begin with.
enum Fixture {
    static let logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    /// Settings for a fresh database.
    static func settings(postgis: Bool = false) throws -> PostgresSettings {
        try PostgresSettings(url: PrivatePostgres.shared().createDatabase(postgis: postgis))
    }

    /// A session on a fresh database.
    static func session() throws -> PostgresSession { try PostgresSession(settings(), logger: logger) }

    /// Another session on the same database.
    static func session(beside other: PostgresSession) throws -> PostgresSession {
        try PostgresSession(other.settings, logger: logger)
    }

    /// A session on the server's first database, for tests that store nothing.
    static func statelessSession() throws -> PostgresSession {
        try PostgresSession(PostgresSettings(url: PrivatePostgres.shared().url()), logger: logger)
    }

    static func pool(_ settings: PostgresSettings, size: Int, maxWaiters: Int = 100, timeout: Int = 5_000)
        -> PostgresPool
    {
        PostgresPool(
            settings, size: size, maxWaiters: maxWaiters, acquireTimeoutMilliseconds: timeout, logger: logger)
    }

    /// Ends another session's server process, as a crash of it would, and waits until it is gone.
    static func kill(_ pid: Int32, through session: PostgresSession) throws {
        try session.execute("SELECT pg_terminate_backend(\(pid), 5000)")
    }

    /// Asks again and again until `condition` holds; false after `seconds`.
    static func eventually(within seconds: Double = 10, _ condition: () async throws -> Bool) async rethrows -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        while clock.now < deadline {
            if try await condition() { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return try await condition()
    }
}

/// The error `body` throws, if it is PostgreSQL's or has one as its cause.
func postgresError<Value>(_ body: () throws -> Value) -> PostgresError? {
    do {
        _ = try body()
        return nil
    } catch let error as PostgresError {
        return error
    } catch let error as TransactionError {
        return error.postgresError
    } catch {
        return nil
    }
}

/// The error a transaction throws.
func transactionError<Value>(_ body: () throws -> Value) -> TransactionError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? TransactionError
    }
}

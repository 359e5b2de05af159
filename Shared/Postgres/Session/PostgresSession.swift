import CLibpq
public import Logging

/// A connection to PostgreSQL, used on one thread.
///
/// Every call blocks until the server has answered, a time limit has passed or the connection is lost. Statements are
/// prepared on first use and kept prepared. After an error with `isConnectionLost` the session is of no use until
/// ``reset()``; a pool does that by itself.
public final class PostgresSession {
    public let settings: PostgresSettings
    let logger: Logger
    let metrics: SessionMetrics
    private var connection: Connection?
    var statements: StatementCache
    /// Every prepared statement must be dropped before the next use outside a transaction.
    var statementsAreStale = false
    /// A transaction has borrowed the session; statements must go through it, or they would overtake its own.
    var isLent = false
    private(set) var statementTimeoutMilliseconds: Int

    /// Silence beyond the statement timeout that is still taken for a slow network.
    private static let graceMilliseconds = 5_000

    /// Connects.
    ///
    /// - Throws: ``PostgresError`` with code `connectionFailed`.
    public init(_ settings: PostgresSettings, logger: Logger) throws(PostgresError) {
        self.settings = settings
        self.logger = logger
        metrics = SessionMetrics(name: settings.applicationName)
        statements = StatementCache(capacity: settings.statementCacheCapacity)
        statementTimeoutMilliseconds = settings.statementTimeoutMilliseconds
        connection = try Connection(settings, logger: logger)
        setPatience(statementTimeoutMilliseconds)
    }

    /// Whether statements can be sent. A loss is noticed at the next use or ``refreshState()``.
    public var isUsable: Bool { connection?.isUsable ?? false }

    /// The server process of the session, as in `pg_stat_activity`; 0 when closed.
    public var backendPID: Int32 { connection.map { PQbackendPID($0.handle) } ?? 0 }

    /// Stops the running statement from another thread. A new connection has a new canceller.
    public var canceller: PostgresCanceller? { connection?.canceller }

    /// Sends a statement and returns its rows.
    ///
    /// - Throws: ``PostgresError``.
    public func query(_ sql: SQL, label: String? = nil) throws(PostgresError) -> PostgresRows {
        try checkNotLent()
        return try metrics.query.measure { () throws(PostgresError) in
            try dropStaleStatements()
            let step = Step(sql: sql, label: label)
            var outcome = try run([step])
            if outcome.failure?.isStalePlan == true, transactionStatus == PQTRANS_IDLE {
                // Nothing was done yet, so the statement can be prepared and sent again.
                try dropStaleStatements()
                outcome = try run([step])
            }
            return PostgresRows(result: try outcome.get()[0])
        }
    }

    /// Sends a statement and returns how many rows it inserted, updated, deleted or returned.
    @discardableResult
    public func execute(_ sql: SQL, label: String? = nil) throws(PostgresError) -> Int {
        try query(sql, label: label).affectedRows
    }

    /// Runs several statements separated by `;`, all or none, unless the text has its own transaction commands.
    public func executeScript(_ text: String) throws(PostgresError) {
        try checkNotLent()
        try script(text)
    }

    /// Makes sure that the server answers.
    public func ping() throws(PostgresError) { try script("") }

    /// Notices without a round trip if the server has ended the connection meanwhile.
    public func refreshState() { connection?.refreshState() }

    /// Gives up the connection and makes a new one. Prepared statements, temporary tables and settings are gone.
    public func reset() throws(PostgresError) {
        close()
        connection = try Connection(settings, logger: logger)
        setStatementTimeout(settings.statementTimeoutMilliseconds)
    }

    /// Ends the connection. An open transaction is rolled back by the server.
    public func close() {
        connection = nil
        statements.removeAll()
        statementsAreStale = false
        isLent = false
    }

    /// Runs `body` with another statement timeout, in milliseconds; 0 is no limit.
    @discardableResult
    public func withStatementTimeout<Value>(_ milliseconds: Int, _ body: () throws -> Value) throws -> Value {
        try checkNotLent()
        let before = statementTimeoutMilliseconds
        try script("SET statement_timeout = \(milliseconds)")
        setStatementTimeout(milliseconds)
        defer { setStatementTimeout(before) }
        let value: Value
        do {
            value = try body()
        } catch {
            // A session that cannot go back must not be used with the wrong timeout.
            if isUsable { do { try script("SET statement_timeout = \(before)") } catch { connection?.markBroken() } }
            throw error
        }
        try script("SET statement_timeout = \(before)")
        return value
    }
}

extension PostgresSession {
    var transactionStatus: PGTransactionStatusType { connection?.transactionStatus ?? PQTRANS_UNKNOWN }

    func markBroken() { connection?.markBroken() }

    func usableConnection() throws(PostgresError) -> Connection {
        guard let connection, connection.isUsable else {
            throw PostgresError(.connectionLost, "the session has no connection")
        }
        return connection
    }

    func checkNotLent() throws(PostgresError) {
        if isLent { throw PostgresError(.misuse, "the session is inside a transaction; use the transaction") }
    }

    /// Adjusts how long to wait for the server; the server must have been told as well.
    func setStatementTimeout(_ milliseconds: Int) {
        statementTimeoutMilliseconds = milliseconds
        setPatience(milliseconds)
    }

    private func setPatience(_ milliseconds: Int) {
        connection?.patienceMilliseconds = milliseconds == 0 ? nil : milliseconds + Self.graceMilliseconds
    }

    /// Several statements by the simple protocol.
    func script(_ text: String) throws(PostgresError) {
        guard !text.utf8.contains(0) else { throw PostgresError(.encoding, "a script contains U+0000") }
        let connection = try usableConnection()
        guard PQsendQuery(connection.handle, text) == 1 else { throw connection.lost() }
        var failure: PostgresError?
        while let result = try connection.nextResult() {
            switch result.status {
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: failure = failure ?? connection.error(result)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                connection.markBroken()
                throw PostgresError(.misuse, "COPY must go through copyIn or copyOut")
            default: break
            }
        }
        if let failure { throw failure }
    }
}

extension PostgresSession {
    /// Whether no transaction is open.
    var isAtRest: Bool { transactionStatus == PQTRANS_IDLE }
}

/// Brings one schema forward, migration by migration; never back.
///
/// What was applied is kept in `<schema>.migration`. Any number of processes may migrate at once: an advisory lock lets
/// one work while the others wait and then find nothing to do.
public struct PostgresMigrator: Sendable {
    public let schema: String
    public let migrations: [PostgresMigration]

    /// One lock for all schemas of a database, because migrations may touch shared objects: "wangge" in ASCII.
    private static let advisoryLock: Int64 = 0x77_616e_6767_65
    /// How long to wait for another process's migrations.
    private static let lockTimeoutMilliseconds = 300_000

    public init(schema: String, migrations: [PostgresMigration]) {
        self.schema = schema
        self.migrations = migrations
    }

    /// The migrations the database lacks, in order. Changes nothing.
    ///
    /// - Throws: ``MigrationError`` or ``PostgresError``.
    public func plan(_ session: PostgresSession) throws -> [PostgresMigration] {
        try history(session).pending()
    }

    /// Applies what is pending, each migration in a transaction of its own, and returns it.
    ///
    /// - Throws: ``MigrationError``, ``PostgresError``, or ``TransactionError`` for the migration that failed; earlier
    ///   ones stay applied.
    @discardableResult
    public func migrate(_ session: PostgresSession) throws -> [PostgresMigration] {
        try session.withStatementTimeout(0) {
            try withAdvisoryLock(session) {
                let history = try history(session)
                let pending = try history.pending()
                if history.applied.isEmpty { try createTable(session) }
                for migration in pending { try apply(migration, session) }
                return pending
            }
        }
    }

    /// Makes sure that the database is exactly as far as this program.
    ///
    /// - Throws: ``MigrationError`` or ``PostgresError``.
    public func verify(_ session: PostgresSession) throws {
        let history = try history(session)
        let pending = try history.pending()
        if let first = pending.first {
            throw history.failure(.pending, "migration \(first.number) \(first.name) has not been applied")
        }
    }

    private func history(_ session: PostgresSession) throws -> MigrationHistory {
        let exists = try session.query(
            "SELECT 1 FROM pg_tables WHERE schemaname = \(schema) AND tablename = 'migration'")
        let applied =
            exists.isEmpty
            ? []
            : try session.query(
                "SELECT number, name, checksum FROM \(identifier: schema).migration ORDER BY number"
            ).decode((Int, String, String).self).map(MigrationHistory.Applied.init)
        return MigrationHistory(schema: schema, known: migrations, applied: applied)
    }

    private func createTable(_ session: PostgresSession) throws {
        let name = SQL.quoted(identifier: schema)
        // CREATE SCHEMA IF NOT EXISTS needs the right to create even when the schema is there.
        if try session.query("SELECT 1 FROM pg_namespace WHERE nspname = \(schema)").isEmpty {
            try session.executeScript("CREATE SCHEMA IF NOT EXISTS \(name)")
        }
        try session.executeScript(
            """
            CREATE TABLE IF NOT EXISTS \(name).migration (
                number integer PRIMARY KEY,
                name text NOT NULL,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """)
    }

    private func apply(_ migration: PostgresMigration, _ session: PostgresSession) throws {
        try session.transaction { transaction in
            try transaction.execute("SET LOCAL search_path = \(identifier: schema), public")
            do throws(PostgresError) {
                try transaction.executeScript(migration.sql)
            } catch {
                throw error.labelled("migration \(migration.number) \(migration.name) of schema \(schema)")
            }
            try transaction.enqueue(
                """
                INSERT INTO \(identifier: schema).migration (number, name, checksum)
                VALUES (\(Int32(migration.number)), \(migration.name), \(migration.checksum))
                """)
        }
    }

    private func withAdvisoryLock<Value>(_ session: PostgresSession, _ body: () throws -> Value) throws -> Value {
        // Migrations themselves keep the session's lock timeout, so that they do not stop the traffic for long.
        try session.executeScript("SET lock_timeout = \(Self.lockTimeoutMilliseconds)")
        try session.execute("SELECT pg_advisory_lock(\(Self.advisoryLock))", label: "wait for other migrations")
        defer {
            // A session that cannot unlock has lost its connection, and with it the lock.
            _ = try? session.execute("SELECT pg_advisory_unlock(\(Self.advisoryLock))")
        }
        try session.executeScript("SET lock_timeout = \(session.settings.lockTimeoutMilliseconds)")
        return try body()
    }
}

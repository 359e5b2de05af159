import City
import CityStore
import EventLog
import Logging
public import Postgres

/// Migrations of what a service needs: the event log, the city, and the schema it owns.
public enum SuiteMigrations {
    public static func migrators(schema: String, migrations: [PostgresMigration]) -> [PostgresMigrator] {
        [
            Suite.migrator, PostgresMigrator(schema: CityStore.schema, migrations: CityStore.migrations),
            PostgresMigrator(schema: schema, migrations: migrations),
        ]
    }

    /// Applies what is missing, or with `dryRun` only logs it.
    static func run(
        _ migrators: [PostgresMigrator], settings: Settings, dryRun: Bool, logger: Logger
    ) async throws {
        let postgres = try SuiteSettings.postgres(settings, service: "migrate")
        let pool = PostgresPool(postgres, size: 1, maxWaiters: 1, acquireTimeoutMilliseconds: 10_000, logger: logger)
        try await DependencyUnavailable.wait(for: "PostgreSQL") { try await pool.withSession { try $0.ping() } }
        let lines = try await pool.withSession { session in
            try migrators.flatMap { migrator in
                let changes = try dryRun ? migrator.plan(session) : migrator.migrate(session)
                return changes.map { "\(migrator.schema) \($0.number) \($0.name)" }
            }
        }
        await pool.shutdown()
        for line in lines { logger.notice(dryRun ? "pending" : "applied", metadata: ["migration": "\(line)"]) }
        if lines.isEmpty { logger.notice("schemas are up to date") }
    }
}

import Postgres

/// The tables of this service. Its migrations need those of the city: dimensions are views over them.
enum AnalyticsSchema {
    static let name = "analytics"

    static let migrations = [
        PostgresMigration(number: 1, name: "init", sql: String(decoding: PackageResources._001_init_sql, as: UTF8.self))
    ]

    static let migrator = PostgresMigrator(schema: name, migrations: migrations)
}

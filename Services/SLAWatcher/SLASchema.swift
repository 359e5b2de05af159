import Postgres

/// The service's own tables.
enum SLASchema {
    static let name = "sla"

    static let migrations = [
        PostgresMigration(number: 1, name: "init", sql: String(decoding: PackageResources._001_init_sql, as: UTF8.self))
    ]
}

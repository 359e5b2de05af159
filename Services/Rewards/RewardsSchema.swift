import Postgres

/// The service's own tables.
enum RewardsSchema {
    static let name = "rewards"

    static let migrations = own + planted

    private static let own = [
        PostgresMigration(number: 1, name: "init", sql: String(decoding: PackageResources._001_init_sql, as: UTF8.self))
    ]
}

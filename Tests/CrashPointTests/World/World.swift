import City
import CityStore
import Kafka
import Logging
import Messages
import Postgres
import TestSupport

@testable import EventLog

/// All that a suite keeps while none of its processes runs: its database and what the brokers hold.
struct World: Sendable {
    var kind: LogKind
    /// URL of the database.
    var database: String
    var broker: [TapeKey: [KafkaRecord]] = [:]

    static let logger = Logger(label: "crash points") { _ in SwiftLogNoOpLogHandler() }
    static let server = Result { try PrivatePostgres(inMemory: true) }

    /// The same once more, to be changed.
    func copy() throws -> World {
        var copy = self
        copy.database = try World.server.get().copyDatabase(database)
        return copy
    }

    func drop() throws { try World.server.get().dropDatabase(database) }

    func session() throws -> PostgresSession {
        try PostgresSession(PostgresSettings(url: database), logger: World.logger)
    }
}

/// A town whose suite is about to start for the first time.
struct NewTown: Sendable {
    let database: String
    /// The city as it was before its catalogue was complete, and as it is.
    let withoutLamps: CityHolder
    let city: CityHolder

    /// - Parameter schemas: The services' schemas, with their migrations.
    init(schemas: [(name: String, migrations: [PostgresMigration])]) async throws {
        database = try World.server.get().createDatabase(postgis: true)
        let session = try PostgresSession(PostgresSettings(url: database), logger: World.logger)
        defer { session.close() }
        try PostgresMigrator(schema: CityStore.schema, migrations: CityStore.migrations).migrate(session)
        withoutLamps = try await Self.load(SmallTown.withoutLamps, database, session)
        city = try await Self.load(SmallTown.profile, database, session)
        try Suite.migrator.migrate(session)
        for schema in schemas {
            try PostgresMigrator(schema: schema.name, migrations: schema.migrations).migrate(session)
        }
        // One each: which of several a case goes to follows from its number, and numbers differ from run to run.
        try Suite.ensureTopics(Topic.all(sources: SmallTown.sources), partitions: 1, session: session)
        try LogicalState.giveNumbersTheirOwnRanges(session)
    }

    private static func load(_ profile: Profile, _ url: String, _ session: PostgresSession) async throws -> CityHolder {
        try session.transaction { _ = try CityStore.save(profile, validFrom: nil, in: $0) }
        let pool = PostgresPool(try PostgresSettings(url: url), size: 1, logger: World.logger)
        let holder = try await CityHolder(pool, logger: World.logger)
        await pool.shutdown()
        return holder
    }
}

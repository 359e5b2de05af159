import City
public import CityStore
public import EventLog
import Kafka
public import Logging
import Messages
public import Postgres
import ServiceLifecycle

/// What each of the five services stands on: the database, the city, the event log.
public struct GridService: Sendable {
    public let pool: PostgresPool
    public let postgres: PostgresSettings
    public let city: CityHolder
    public let eventLog: EventLog
    public let logger: Logger

    /// Runs a service of the suite from its first line to its exit code.
    ///
    /// Waits for PostgreSQL, for the migrations and for a city profile; then `build` declares lanes and routes. The
    /// command `migrate` brings the schemas this service needs up to date.
    ///
    /// - Parameters:
    ///   - migrations: of the schema the service owns.
    ///   - commands: words the service's command line understands besides.
    public static func run(
        _ contract: ServiceContract, migrations: [PostgresMigration], commands: [ServiceCommand] = [],
        build: @escaping @Sendable (ServiceContext, GridService) async throws -> Void
    ) async -> Never {
        let migrators = SuiteMigrations.migrators(schema: contract.schema, migrations: migrations)
        let migrate = ServiceCommand(
            "migrate",
            help: LocalizedText(zh: "升级数据库结构（--dry-run 只列出）", en: "bring the schemas up to date; --dry-run only lists"),
            flags: ["--dry-run"]
        ) { settings, flags, logger in
            try await SuiteMigrations.run(
                migrators, settings: settings, dryRun: flags.contains("--dry-run"), logger: logger)
        }
        await ServiceRunner(contract, commands: [migrate] + commands) { context in
            let service = try await start(contract, migrators: migrators, context: context)
            try await build(context, service)
            context.run(LanesService(eventLog: service.eventLog))
        }.main()
    }

    private static func start(
        _ contract: ServiceContract, migrators: [PostgresMigrator], context: ServiceContext
    ) async throws -> GridService {
        let settings = context.settings
        let logger = context.logger
        let postgres = try SuiteSettings.postgres(settings, service: contract.name)
        context.metrics.setBuckets([1, 2, 5, 10, 20, 50, 100, 200, 500], for: "wangge.requests.group")
        var reading = postgres
        // Readers ask for anything; a plan kept from when a table was small would read the whole of it ever after.
        reading.parameters["plan_cache_mode"] = "force_custom_plan"
        let pool = PostgresPool(
            reading, size: settings[StandardSettings.postgresPoolSize], maxWaiters: 1_024,
            acquireTimeoutMilliseconds: 5_000, logger: logger)
        try await DependencyUnavailable.wait(for: "PostgreSQL with all migrations") {
            try await pool.withSession { session in
                for migrator in migrators { try migrator.verify(session) }
            }
        }
        let city = try await DependencyUnavailable.wait(for: "a city profile") {
            try await CityHolder(pool, logger: logger)
        }
        let sources = city.current.profile.sources.map(\.code.rawValue)
        let partitions = settings[SuiteSettings.partitions]
        try await pool.withSession { session in
            try Suite.ensureTopics(Topic.all(sources: sources), partitions: partitions, session: session)
        }
        let kind = SuiteSettings.log(settings)
        let kafka = try SuiteSettings.kafka(settings, service: contract.name)
        if let kafka {
            try await DependencyUnavailable.wait(for: "Kafka") {
                let counts = try await pool.withSession { try Suite.topicPartitions(session: $0) }
                try Suite.ensureKafkaTopics(counts, kafka: kafka, logger: logger)
            }
        }
        var log = EventLog.Settings(service: contract.name, kind: kind, postgres: postgres, kafka: kafka)
        log.limits = SuiteSettings.limits(settings)
        log.retention = SuiteSettings.retention(settings)
        let eventLog = EventLog(log, logger: logger)
        context.run(CityFollower(city: city, settings: postgres))
        context.run(PoolCloser(pool: pool))
        context.mapErrors(SuiteErrors.problem)
        context.health.register("postgres") {
            let health = await pool.health()
            return health.isHealthy ? .ok : .failing(reason: "the database does not answer")
        }
        context.health.register("lanes") {
            let problems = eventLog.problems
            return problems.isEmpty ? .ok : .failing(reason: problems.joined(separator: "; "))
        }
        return GridService(pool: pool, postgres: postgres, city: city, eventLog: eventLog, logger: logger)
    }
}

/// Starts the lanes with the service and stops them with it.
private struct LanesService: Service {
    let eventLog: EventLog

    func run() async throws {
        try eventLog.start()
        try? await gracefulShutdown()
        await eventLog.stop()
    }
}

/// Keeps the city up to date as long as the service runs.
private struct CityFollower: Service {
    let city: CityHolder
    let settings: PostgresSettings

    func run() async throws {
        await cancelWhenGracefulShutdown { await city.run(listening: settings) }
    }
}

/// Closes the pool after everything that uses it has stopped.
private struct PoolCloser: Service {
    let pool: PostgresPool

    func run() async throws {
        try? await gracefulShutdown()
        await pool.shutdown()
    }
}

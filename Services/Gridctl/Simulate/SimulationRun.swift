import City
import CityStore
import EventLog
import Postgres
import ServiceKit

/// One simulation from its preparations to its end: the plan, keys for the feeds, the play.
struct SimulationRun: Sendable {
    var postgresURL: String
    var addresses: SuiteAddresses
    /// Where the secret that signs tokens is kept.
    var directory: SuiteDirectory
    var language: Language
    /// File for a record of every answer.
    var truth: String?
    var eventsPerSecond: Double?

    /// - Parameter scenario: Decides what is simulated, knowing the city in force.
    /// - Throws: ``CommandFailure``
    func play(_ scenario: @Sendable (City) throws -> Scenario) async throws -> (MonthPlan, Simulation.Summary) {
        var settings = try PostgresSettings(url: postgresURL)
        settings.applicationName = "gridctl simulate"
        let pool = PostgresPool(settings, size: 2, logger: SuiteOptions.quietLogger)
        do {
            let result = try await play(scenario, pool: pool)
            await pool.shutdown()
            return result
        } catch {
            await pool.shutdown()
            throw error
        }
    }

    private func play(
        _ scenario: @Sendable (City) throws -> Scenario, pool: PostgresPool
    ) async throws -> (MonthPlan, Simulation.Summary) {
        let city = try await pool.withSession { session in
            try Suite.migrator.verify(session)
            guard let city = try CityStore.load(session) else { throw CityStoreError.noProfile }
            return city
        }
        let plan = MonthPlan(city: city, scenario: try scenario(city))
        try await requirePast(plan, pool: pool)
        let keys = try await pool.withSession { try Self.makeKeys(city, session: $0) }
        let simulation = Simulation(
            city: city, plan: plan, pool: pool,
            intake: IntakeClient(address: addresses.intake, keys: keys.mapValues(\.text)),
            staff: StaffClient(addresses: addresses, tokens: StaffTokens(city: city, directory: directory)),
            truth: try truth.map { try TruthFile(path: $0) },
            progress: SimulationProgress(plan, zone: city.calendar.zone, language: language),
            eventsPerSecond: eventsPerSecond)
        let result: Result<Simulation.Summary, any Error>
        do { result = .success(try await simulation.run()) } catch { result = .failure(error) }
        try await pool.withSession { session in
            for key in keys.values { _ = try PublisherKeys.revoke(key.id, session: session) }
        }
        return (plan, try result.get())
    }

    /// The clock of a suite never runs backwards, so a month can be played only once, and never before what is there.
    private func requirePast(_ plan: MonthPlan, pool: PostgresPool) async throws {
        let clock = try await SuiteWatch(pool: pool).clock()
        let latest = try await pool.withSession { session in
            try session.query("SELECT max(received_at) FROM intake.report").decode(PostgresTimestamp?.self).first ?? nil
        }
        let reached = max(clock.isReplay ? clock.now : .earliest, latest.map { Timestamp($0) } ?? .earliest)
        guard reached > plan.begin else { return }
        throw CommandFailure.data(
            zh: "该套服务已到 \(reached.rfc3339)，不能回到 \(plan.scenario.name)；请用新的目录",
            en: """
                this suite has come to \(reached.rfc3339) and cannot go back to \(plan.scenario.name); use a new directory
                """)
    }

    /// A key for each source, as each feed is a system of its own. Keys of earlier simulations end.
    private static func makeKeys(_ city: City, session: PostgresSession) throws -> [SourceCode: APIKey] {
        var keys: [SourceCode: APIKey] = [:]
        let live = try PublisherKeys.all(session).filter { $0.revokedAt == nil }
        for source in city.profile.sources {
            let publisher = "simulation-\(source.code)"
            for key in live where key.publisher == publisher { _ = try PublisherKeys.revoke(key.id, session: session) }
            keys[source.code] = try PublisherKeys.create(
                publisher: publisher, sources: [source.code.rawValue], session: session)
        }
        return keys
    }
}

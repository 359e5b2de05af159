public import City
public import Logging
public import Postgres
import Synchronization

/// The city in force, in memory, kept up to date.
///
/// ``current`` never blocks on the database and always gives a whole version. A new version is taken over within
/// moments of its load, and one that was loaded for later within half a minute of its date. While the database is away,
/// or a new version cannot be read, the last one stays and the log says so.
public final class CityHolder: Sendable {
    /// Versions loaded in advance come into force without a notice, so the holder also looks by itself.
    private static let lookEvery = Duration.seconds(30)

    private let city: Mutex<City>
    private let pool: PostgresPool
    private let logger: Logger

    /// Loads the city in force.
    ///
    /// - Throws: ``CityStoreError/noProfile`` when there is none, `PostgresError`, or what `City` refuses.
    public init(_ pool: PostgresPool, logger: Logger) async throws {
        let loaded = try await pool.withSession { session in
            guard let city = try CityStore.load(session) else { throw CityStoreError.noProfile }
            return city
        }
        city = Mutex(loaded)
        self.pool = pool
        self.logger = logger
    }

    /// The version last taken over. Take it once per batch, so that all of a batch is decided by one version.
    public var current: City { city.withLock { $0 } }

    /// Looks which version is in force and takes it over if it is another.
    ///
    /// - Returns: Whether ``current`` changed.
    @discardableResult
    public func refresh() async throws -> Bool {
        let known = current.profile.version
        let loaded = try await pool.withSession { session -> City? in
            guard let version = try CityStore.effectiveVersion(session), version != known else { return nil }
            return try CityStore.load(version: version, session)
        }
        guard let loaded else { return false }
        city.withLock { $0 = loaded }
        logger.info(
            "city taken over",
            metadata: ["city.version": "\(loaded.profile.version)", "city.previous_version": "\(known)"])
        return true
    }

    /// Follows new versions until the task is cancelled.
    ///
    /// - Parameter settings: For the connection that listens; it is the holder's own.
    public func run(listening settings: PostgresSettings) async {
        let (hints, hint) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listener = PostgresListener(
            settings, channels: [CityStore.noticeChannel], logger: logger,
            onNotification: { _ in hint.yield() }, onGap: { hint.yield() })
        await withTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    // Cancellation ends the sleep; the loop's condition then ends the task.
                    try? await Task.sleep(for: Self.lookEvery)
                    hint.yield()
                }
            }
            group.addTask {
                for await _ in hints { await self.refreshOrLog() }
            }
        }
        await listener.shutdown()
    }

    private func refreshOrLog() async {
        do {
            try await refresh()
        } catch {
            logger.warning("city not refreshed, keeping the last one", metadata: ["error": "\(error)"])
        }
    }
}

import City
import CityStore
import Logging
import Postgres
import Testing

@Suite("City holder")
struct CityHolderTests {
    @Test("There must be a profile")
    func noProfile() async throws {
        let pool = PostgresPool(
            try PostgresSettings(url: SmallCity.database()), size: 1, maxWaiters: 4, acquireTimeoutMilliseconds: 5_000,
            logger: Logger(label: "test"))
        await #expect(throws: CityStoreError.noProfile) {
            _ = try await CityHolder(pool, logger: Logger(label: "test"))
        }
        await pool.shutdown()
    }

    @Test("A new version is taken over after its notice")
    func follows() async throws {
        let url = try SmallCity.database()
        let settings = try PostgresSettings(url: url)
        try SmallCity.save(SmallCity.profile(), SmallCity.session(url))
        let pool = PostgresPool(
            settings, size: 1, maxWaiters: 4, acquireTimeoutMilliseconds: 5_000, logger: Logger(label: "test"))
        let holder = try await CityHolder(pool, logger: Logger(label: "test"))
        #expect(holder.current.profile.version == 1)
        #expect(try await holder.refresh() == false)

        let following = Task { await holder.run(listening: settings) }
        try SmallCity.save(SmallCity.profile(households: 9), SmallCity.session(url))
        let deadline = ContinuousClock.now + .seconds(10)
        while holder.current.profile.version == 1, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(holder.current.profile.version == 2)
        #expect(holder.current.profile.grids.first?.households == 9)

        following.cancel()
        await following.value
        await pool.shutdown()
    }
}

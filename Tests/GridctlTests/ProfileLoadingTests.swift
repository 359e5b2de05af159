import City
import CityStore
import Logging
import Postgres
import TestSupport
import Testing

@testable import Gridctl

@Suite("Loading a profile")
struct ProfileLoadingTests {
    private static func session() throws -> PostgresSession {
        let url = try PrivatePostgres.shared().createDatabase(postgis: true)
        let session = try PostgresSession(PostgresSettings(url: url), logger: Logger(label: "test"))
        try PostgresMigrator(schema: CityStore.schema, migrations: CityStore.migrations).migrate(session)
        return session
    }

    private static func profile() throws -> Profile { try #require(ProfileShippedTests.report.profile) }

    private static func versions(_ session: PostgresSession) throws -> [Int] {
        try session.query("SELECT version FROM city.profile ORDER BY version").decode(Int.self)
    }

    @Test("The shipped profile loads and comes back as the same city")
    func load() throws {
        let session = try Self.session()
        var profile = try Self.profile()
        guard case .loaded(version: 1) = try ProfileLoading.load(profile, into: session) else {
            Issue.record("not loaded")
            return
        }
        let city = try #require(try CityStore.load(session))
        profile.version = 1
        #expect(city.profile == profile)
        #expect(city.calendar.zone.offset(at: Timestamp(seconds: 1_764_547_200)) == 8 * 3_600)
    }

    @Test("PostGIS agrees with the drawing and locates as the city does")
    func locate() throws {
        let session = try Self.session()
        _ = try ProfileLoading.load(try Self.profile(), into: session)
        let city = try #require(try CityStore.load(session))
        let seed: UInt64 = 11
        var random = SeededRandom(seed: seed)
        let places = (0..<2_000).map { _ in
            Coordinate(
                longitude: city.boundingBox.minLongitude + random.unit() * city.boundingBox.width,
                latitude: city.boundingBox.minLatitude + random.unit() * city.boundingBox.height)
        }
        let rows = try session.query(
            """
            SELECT n, grid.code FROM unnest(\(places.map(\.longitude)), \(places.map(\.latitude)))
                WITH ORDINALITY AS place (x, y, n)
            LEFT JOIN city.current_grid AS grid
                ON grid.level = 4 AND ST_Covers(grid.geom, ST_SetSRID(ST_MakePoint(x, y), 4326))
            ORDER BY n, code
            """)
        for (number, code) in try rows.decode((Int, String?).self) {
            #expect(city.locate(places[number - 1])?.code.rawValue == code, "place \(number), seed \(seed)")
        }
    }

    @Test("A rehearsal stores nothing")
    func rehearsal() throws {
        let session = try Self.session()
        guard case .sound = try ProfileLoading.load(try Self.profile(), isRehearsal: true, into: session) else {
            Issue.record("not sound")
            return
        }
        #expect(try Self.versions(session).isEmpty)
        #expect(try CityStore.load(session) == nil)
    }

    @Test("Gaps, overlaps, excess and broken areas are refused, and nothing is stored")
    func cover() throws {
        let session = try Self.session()
        let profile = try Self.profile()
        let leaf = ProfileAreaTests.leaf
        let centre = try #require(profile.grids[leaf].area.centroid)

        func refusal(_ change: (inout Grid) -> Void) throws -> [ProfileFault] {
            var changed = profile
            change(&changed.grids[leaf])
            guard case .refused(let faults) = try ProfileLoading.load(changed, into: session) else { return [] }
            return faults
        }
        func scale(_ grid: inout Grid, _ factor: Double) {
            grid.area.polygons[0].rings[0] = grid.area.polygons[0].rings[0].map {
                Coordinate(
                    longitude: centre.longitude + ($0.longitude - centre.longitude) * factor,
                    latitude: centre.latitude + ($0.latitude - centre.latitude) * factor)
            }
        }
        let shrunk = try refusal { scale(&$0, 0.9) }
        #expect(shrunk.map(\.kind) == [.cover] && shrunk[0].reason.en.contains("gap"))
        #expect(shrunk.map(\.row) == [ProfileAreaTests.parent + 1])

        let grown = try refusal { scale(&$0, 1.1) }
        #expect(
            grown.contains { $0.reason.en.contains("overlap") } && grown.contains { $0.reason.en.contains("stick out") }
        )

        let crossed = try refusal { $0.area.polygons[0].rings[0].swapAt(2, 9) }
        #expect(crossed.map(\.kind) == [.geometry] && crossed.map(\.row) == [leaf + 1])

        #expect(try Self.versions(session).isEmpty)
    }

    @Test("What no service could start with is not stored")
    func noCity() throws {
        let session = try Self.session()
        var profile = try Self.profile()
        profile.policy.clocks.dispatch = TimeLimit(43_200, .minutes)
        #expect(throws: CityFault.badLimit(of: "dispatch", TimeLimit(43_200, .minutes))) {
            try ProfileLoading.load(profile, into: session)
        }
        #expect(try Self.versions(session).isEmpty)
    }

    @Test("The city that is measured is a city")
    func measuredCity() throws {
        var profile = try Self.profile()
        BenchCommand.lengthenStages(&profile)
        guard case .loaded = try ProfileLoading.load(profile, into: try Self.session()) else {
            Issue.record("not loaded")
            return
        }
    }

    @Test("An unknown time zone is refused by name")
    func timeZone() throws {
        let session = try Self.session()
        var profile = try Self.profile()
        profile.timeZone = "Mars/Phobos"
        guard case .refused(let faults) = try ProfileLoading.load(profile, into: session) else {
            Issue.record("not refused")
            return
        }
        #expect(faults.map(\.kind) == [.calendar] && faults.map(\.field) == ["timeZone"])
    }
}

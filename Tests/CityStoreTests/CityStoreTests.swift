import City
import Dispatch
import Postgres
import Synchronization
import Testing

@testable import CityStore

@Suite("City store")
struct CityStoreTests {
    @Test("What was saved is loaded, every field of it")
    func roundTrip() throws {
        let session = try SmallCity.session(SmallCity.database())
        #expect(try CityStore.load(session) == nil)
        #expect(try CityStore.effectiveVersion(session) == nil)

        var profile = SmallCity.profile()
        #expect(try SmallCity.save(profile, session) == 1)
        profile.version = 1
        let city = try #require(try CityStore.load(session))
        #expect(city.profile == profile)

        #expect(try SmallCity.save(SmallCity.profile(households: 500), session) == 2)
        #expect(try CityStore.load(session)?.profile.grids.first?.households == 500)
        #expect(try CityStore.load(version: 1, session).profile == profile)
        #expect(throws: CityStoreError.noSuchVersion(9)) { try CityStore.load(version: 9, session) }
    }

    @Test("A version comes into force at its date")
    func validFrom() throws {
        let session = try SmallCity.session(SmallCity.database())
        let farFuture = Timestamp(seconds: 4_000_000_000)
        try SmallCity.save(SmallCity.profile(households: 1), session)
        try SmallCity.save(SmallCity.profile(households: 2), validFrom: farFuture, session)
        #expect(try CityStore.effectiveVersion(session) == 1)
        let later = try session.query(
            "SELECT city.effective_version('2096-10-02Z'), city.effective_version('2096-10-03Z')")
        #expect(try later.decode((Int, Int).self).first.map { [$0.0, $0.1] } == [1, 2])
        // A later load that holds at once overtakes the first, not the one that is still to come.
        try SmallCity.save(SmallCity.profile(households: 3), session)
        #expect(try CityStore.effectiveVersion(session) == 3)
    }

    @Test("Saves at the same time give versions without a gap")
    func concurrentSaves() throws {
        let url = try SmallCity.database()
        let versions = Mutex<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            do {
                let version = try SmallCity.save(SmallCity.profile(), SmallCity.session(url))
                versions.withLock { $0.append(version) }
            } catch {
                Issue.record(error)
            }
        }
        #expect(versions.withLock { $0.sorted() } == Array(1...8))
    }

    @Test("A save that fails leaves nothing behind")
    func atomic() throws {
        let session = try SmallCity.session(SmallCity.database())
        var broken = SmallCity.profile()
        broken.posts[0].grid = GridCode("nowhere")
        #expect(throws: TransactionError.self) { try SmallCity.save(broken, session) }
        #expect(try session.query("SELECT count(*) FROM city.grid").decode(Int.self) == [0])
        #expect(try SmallCity.save(SmallCity.profile(), session) == 1)
    }

    @Test("Views show the version in force, to any role")
    func views() throws {
        let session = try SmallCity.session(SmallCity.database())
        try SmallCity.save(SmallCity.profile(), session)
        try SmallCity.save(SmallCity.profile(households: 7), session)
        try session.executeScript("CREATE ROLE reader_\(session.backendPID); SET ROLE reader_\(session.backendPID)")
        let views = [
            "profile": 1, "level": 2, "grid": 3, "unit": 1, "post": 2, "source": 1, "category": 1,
            "filing_condition": 1,
            "tariff_rate": 1, "holiday": 2,
        ]
        for (view, count) in views {
            let rows = try session.query("SELECT count(*) FROM city.\(identifier: "current_" + view)")
            #expect(try rows.decode(Int.self) == [count], "\(view)")
        }
        #expect(throws: PostgresError.self) { try session.execute("DELETE FROM city.profile") }
        #expect(try CityStore.load(session)?.profile.grids.first?.households == 7)
    }

    @Test("Every table and view says what it is for")
    func comments() throws {
        let session = try SmallCity.session(SmallCity.database())
        let silent = try session.query(
            """
            SELECT relname::text FROM pg_class WHERE relnamespace = 'city'::regnamespace AND relkind IN ('r', 'v')
                AND relname <> 'migration' AND obj_description(oid) IS NULL
            """
        ).decode(String.self)
        #expect(silent.isEmpty)
    }
}

@Suite("Time zones from PostgreSQL")
struct ZoneTransitionTests {
    private func zone(_ name: String) throws -> TimeZoneRules {
        let session = try SmallCity.session(SmallCity.database())
        try SmallCity.save(SmallCity.profile(timeZone: name), session)
        return try #require(try CityStore.load(session)).calendar.zone
    }

    @Test("Shanghai had summer time until 1991")
    func shanghai() throws {
        let zone = try zone("Asia/Shanghai")
        #expect(zone.offset(at: Timestamp(seconds: 650_000_000)) == 9 * 3_600)  // August 1990
        #expect(zone.transitions.last?.offsetSeconds == 8 * 3_600)
        #expect(zone.transitions.last.map { $0.from < Timestamp(seconds: 700_000_000) } == true)
    }

    @Test("Berlin changes to the minute")
    func berlin() throws {
        let zone = try zone("Europe/Berlin")
        let spring = Timestamp(seconds: 1_774_746_000)  // 2026-03-29T01:00:00Z
        #expect(zone.transitions.contains { $0.from == spring && $0.offsetSeconds == 7_200 })
        #expect(zone.offset(at: spring.advanced(bySeconds: -1)) == 3_600)
        #expect(zone.transitions.count > 200)
    }

    @Test("An unknown zone is refused", arguments: ["Mars/Phobos", "GMT+25", "FOO-3"])
    func unknown(name: String) throws {
        let session = try SmallCity.session(SmallCity.database())
        do {
            try SmallCity.save(SmallCity.profile(timeZone: name), session)
            Issue.record("not refused")
        } catch let error as TransactionError {
            #expect(error.cause as? CityStoreError == .unknownTimeZone(name))
        }
    }
}

@Suite("Cover of a stored version")
struct CoverCheckTests {
    private func faults(_ change: (inout Profile) -> Void) throws -> [CoverFault] {
        let session = try SmallCity.session(SmallCity.database())
        var profile = SmallCity.profile()
        change(&profile)
        return try session.transaction { transaction in
            let version = try CityStore.save(profile, in: transaction)
            return try CityStore.coverFaults(version: version, in: transaction)
        }
    }

    @Test("An exact cover has no fault")
    func exact() throws {
        #expect(try faults { _ in }.isEmpty)
    }

    @Test("Gap, excess, overlap and invalid areas are told apart")
    func kinds() throws {
        let gap = try faults { $0.grids[2].area = SmallCity.square(from: 1, to: 1.9) }
        #expect(gap.map(\.kind) == [.gap])
        #expect(gap.map { $0.grid.rawValue } == ["T"])
        // A thousandth of a degree of longitude by a hundredth of latitude at 30° north.
        #expect(gap.allSatisfy { abs($0.squareMetres - 96.4 * 1_108.5) < 500 })

        let excess = try faults { $0.grids[2].area = SmallCity.square(from: 1, to: 2.1) }
        #expect(excess.map(\.kind) == [.excess])

        let overlap = try faults { $0.grids[2].area = SmallCity.square(from: 0.9, to: 2) }
        #expect(overlap.map(\.kind) == [.overlap])
        #expect(overlap.map { $0.parts.map(\.rawValue) } == [["T-1", "T-2"]])

        let invalid = try faults { $0.grids[2].area.polygons[0].rings[0].swapAt(1, 2) }
        #expect(invalid.map(\.kind) == [.invalid])
    }
}

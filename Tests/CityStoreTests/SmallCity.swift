import City
import CityStore
import Logging
import Postgres
import TestSupport

/// A town of two squares side by side.
enum SmallCity {
    static func profile(households: Int = 400, timeZone: String = "Asia/Shanghai") -> Profile {
        func text(_ name: String) -> LocalizedText { LocalizedText(zh: "\(name)中文", en: name) }
        func grid(_ code: String, _ parent: String?, _ level: Int, _ area: MultiPolygon) -> Grid {
            Grid(
                code: GridCode(code), parent: parent.map { GridCode($0) }, level: level,
                kind: code == "T-2" ? .special : .base, name: text(code), households: households, area: area)
        }
        let minutes = TimeLimit(15, .minutes)
        return Profile(
            code: "town", name: text("Town"), version: 0, timeZone: timeZone, divisionCode: "510116002",
            trackingPrefix: "TWN", notes: [text("invented")],
            levels: [
                GridLevel(level: 1, slug: "town", name: text("Town")),
                GridLevel(level: 2, slug: "grid", name: text("Grid")),
            ],
            grids: [
                grid("T", nil, 1, square(from: 0, to: 2)), grid("T-1", "T", 2, square(from: 0, to: 1)),
                grid("T-2", "T", 2, square(from: 1, to: 2)),
            ],
            posts: [
                StaffPost(code: PostCode("W1"), grid: GridCode("T-1"), role: "grid-worker", title: text("Worker")),
                StaffPost(
                    code: PostCode("B1"), grid: GridCode("T"), role: "brigade", title: text("Brigade"),
                    unit: UnitCode("U1")),
            ],
            units: [Unit(code: UnitCode("U1"), grid: GridCode("T"), kind: "brigade", name: text("Brigade"))],
            sources: [Source(code: SourceCode("patrol"), name: text("Patrol"), datum: .gcj02, staffed: true)],
            categories: [
                Category(
                    code: CategoryCode("E0101"), kind: .event, majorClass: text("Major"), name: text("Rubbish"))
            ],
            conditions: [
                FilingCondition(
                    code: ConditionCode("E0101-1"), category: CategoryCode("E0101"), name: text("Heap"),
                    limit: TimeLimit(2, .workingDays),
                    severity: .larger, needsEvidence: true)
            ],
            policy: Policy(
                rules: [
                    Policy.Rule(
                        id: "all", severities: [.general], categoryPrefixes: ["E"], sources: [SourceCode("patrol")],
                        path: .reportUp,
                        leadRole: "brigade", leadLevel: 1, assistingRoles: ["grid-worker"])
                ], duplicates: Policy.DuplicateRule(radiusMetres: 12.5, withinHours: 24),
                clocks: Policy.StageClocks(
                    dispatch: minutes, accept: minutes, check: minutes, defaultHandling: TimeLimit(4, .workingHours),
                    warnAtPercent: [50, 80]), closeOnTheSpotAtOnce: true, communityLevel: 2),
            tariff: Tariff(
                rates: [Tariff.Rate(kind: "valid-report", name: text("Report"), points: 2, dailyCap: 10)],
                fenPerPoint: 100, reviewDays: 7, reviewerRole: "brigade", reviewerLevel: 1),
            workingTime: WorkingTime(spans: [.init(from: 480, to: 720), .init(from: 840, to: 1_080)]),
            holidays: [
                Holiday(day: CivilDay(year: 2026, month: 1, day: 1), name: "元旦", isDayOff: true),
                Holiday(day: CivilDay(year: 2026, month: 1, day: 4), name: "元旦", isDayOff: false),
            ])
    }

    /// A rectangle a hundredth of a degree high, between hundredths of a degree of longitude.
    static func square(from: Double, to: Double) -> MultiPolygon {
        func corner(_ x: Double, _ y: Double) -> Coordinate {
            Coordinate(longitude: 104 + x / 100, latitude: 30 + y / 100)
        }
        return MultiPolygon(polygons: [
            Polygon(rings: [[corner(from, 0), corner(to, 0), corner(to, 1), corner(from, 1), corner(from, 0)]])
        ])
    }

    /// The URL of a fresh database with the schema.
    static func database() throws -> String {
        let url = try PrivatePostgres.shared().createDatabase(postgis: true)
        try PostgresMigrator(schema: CityStore.schema, migrations: CityStore.migrations).migrate(try session(url))
        return url
    }

    static func session(_ url: String) throws -> PostgresSession {
        try PostgresSession(PostgresSettings(url: url), logger: Logger(label: "test"))
    }

    @discardableResult
    static func save(_ profile: Profile, validFrom: Timestamp? = nil, _ session: PostgresSession) throws -> Int {
        try session.transaction { try CityStore.save(profile, validFrom: validFrom, in: $0) }
    }
}

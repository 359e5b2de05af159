import City

/// A small city: a district of two streets, one of two communities, one undivided.
///
/// ```
/// 3 ┌─────────┬────┐
///   │  S1-A   │    │
/// 2 ├─────────┤ S2 │
///   │  S1-B   │    │
/// 0 └─────────┴────┘
///   0         2    3
/// ```
enum SampleCity {
    static func make(_ change: (inout Profile) -> Void = { _ in }) throws -> City {
        var profile = profile
        change(&profile)
        return try City(profile: profile, zone: Zones.shanghai)
    }

    static let profile = Profile(
        code: "sample", name: text("样城"), version: 1, timeZone: "Asia/Shanghai", divisionCode: "510116",
        trackingPrefix: "SMP", notes: [], levels: (1...3).map { GridLevel(level: $0, slug: "l\($0)", name: text("级")) },
        grids: [
            grid("S1-B", in: "S1", level: 3, 0, 0, 2, 2), grid("S2", in: "D", level: 2, 2, 0, 3, 3),
            grid("S1-A", in: "S1", level: 3, 0, 2, 2, 3), grid("S1", in: "D", level: 2, 0, 0, 2, 3),
            grid("D", in: nil, level: 1, 0, 0, 3, 3),
        ],
        posts: [
            post("p-worker-2", "S1-A", "grid-worker"), post("p-worker-1", "S1-A", "grid-worker"),
            post("p-leader-1", "S1", "grid-leader"), post("p-leader-0", "D", "grid-leader"),
            post("p-brigade", "D", "brigade", unit: "brigade-1"),
        ],
        units: [Unit(code: UnitCode("brigade-1"), grid: GridCode("D"), kind: "brigade", name: text("中队"))],
        sources: [Source(code: SourceCode("patrol"), name: text("巡查"), datum: .gcj02, staffed: true)],
        categories: [
            Category(code: CategoryCode("C0101"), kind: .component, majorClass: text("公用设施"), name: text("上水井盖"))
        ],
        conditions: [
            condition("C0101-2", TimeLimit(4, .workingHours)), condition("C0101-1", TimeLimit(2, .urgentHours)),
        ],
        policy: Policy(
            rules: [], duplicates: .init(radiusMetres: 30, withinHours: 24),
            clocks: .init(
                dispatch: TimeLimit(15, .minutes), accept: TimeLimit(15, .minutes), check: TimeLimit(30, .minutes),
                defaultHandling: TimeLimit(4, .workingHours), warnAtPercent: [50, 80]),
            closeOnTheSpotAtOnce: true, communityLevel: 2),
        tariff: Tariff(rates: [], fenPerPoint: 1_000, reviewDays: 7, reviewerRole: "grid-leader", reviewerLevel: 2),
        workingTime: .national, holidays: HolidayFiles.all)

    private static func text(_ zh: String) -> LocalizedText { LocalizedText(zh: zh, en: zh) }

    private static func grid(
        _ code: String, in parent: String?, level: Int, _ west: Double, _ south: Double, _ east: Double, _ north: Double
    ) -> Grid {
        Grid(
            code: GridCode(code), parent: parent.map { GridCode($0) }, level: level, kind: .base, name: text(code),
            households: 300,
            area: MultiPolygon(polygons: [Polygon(rings: [ring(west, south, east, south, east, north, west, north)])]))
    }

    private static func post(_ code: String, _ grid: String, _ role: String, unit: String? = nil) -> StaffPost {
        StaffPost(
            code: PostCode(code), grid: GridCode(grid), role: role, title: text(role), unit: unit.map { UnitCode($0) })
    }

    private static func condition(_ code: String, _ limit: TimeLimit) -> FilingCondition {
        FilingCondition(
            code: ConditionCode(code), category: CategoryCode("C0101"), name: text(code), limit: limit,
            severity: .general, needsEvidence: true)
    }
}

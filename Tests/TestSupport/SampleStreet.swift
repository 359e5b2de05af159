public import City

/// A street of two communities, the western one of two micro grids, each grid a square.
///
/// ```
///   T-1-1 │ T-1-2 ║ T-2-1
/// ```
public enum SampleStreet {
    /// - Parameters:
    ///   - west, south: where its south-western corner is, in degrees, WGS84.
    ///   - side: of a grid, in degrees.
    public static func make(west: Double = 104, south: Double = 30, side: Double = 0.01, version: Int = 1) throws
        -> City
    {
        let shanghai = try TimeZoneRules(
            name: "Asia/Shanghai", transitions: [.init(from: .earliest, offsetSeconds: 28_800)])
        return try City(profile: profile(west: west, south: south, side: side, version: version), zone: shanghai)
    }

    public static func profile(
        west: Double = 104, south: Double = 30, side: Double = 0.01, version: Int = 1
    ) -> Profile {
        func grid(_ code: String, in parent: String?, level: Int, _ from: Double, _ to: Double) -> Grid {
            let corners = [(from, 0.0), (to, 0), (to, 1), (from, 1), (from, 0)]
            let ring = corners.map { Coordinate(longitude: west + $0.0 * side, latitude: south + $0.1 * side) }
            return Grid(
                code: GridCode(code), parent: parent.map { GridCode($0) }, level: level, kind: .base, name: text(code),
                households: 300, area: MultiPolygon(polygons: [Polygon(rings: [ring])]))
        }
        let minutes = TimeLimit(15, .minutes)
        return Profile(
            code: "sample", name: text("样街"), version: version, timeZone: "Asia/Shanghai",
            divisionCode: "510116002", trackingPrefix: "SMP", notes: [],
            levels: (1...3).map { GridLevel(level: $0, slug: "l\($0)", name: text("级")) },
            grids: [
                grid("T", in: nil, level: 1, 0, 3), grid("T-1", in: "T", level: 2, 0, 2),
                grid("T-2", in: "T", level: 2, 2, 3), grid("T-1-1", in: "T-1", level: 3, 0, 1),
                grid("T-1-2", in: "T-1", level: 3, 1, 2), grid("T-2-1", in: "T-2", level: 3, 2, 3),
            ],
            posts: [StaffPost(code: PostCode("W1"), grid: GridCode("T-1-1"), role: "grid-worker", title: text("网格员"))],
            units: [],
            sources: [
                Source(code: SourceCode("patrol"), name: text("巡查"), datum: .gcj02, staffed: true),
                Source(code: SourceCode("hotline"), name: text("热线"), datum: .wgs84, staffed: false),
            ],
            categories: [
                Category(code: CategoryCode("C0101"), kind: .component, majorClass: text("公用设施"), name: text("井盖"))
            ],
            conditions: [condition("C0101-1", needsEvidence: true), condition("C0101-2", needsEvidence: false)],
            policy: Policy(
                rules: [], duplicates: .init(radiusMetres: 30, withinHours: 24),
                clocks: .init(
                    dispatch: minutes, accept: minutes, check: minutes, defaultHandling: TimeLimit(4, .workingHours),
                    warnAtPercent: [50, 80]), closeOnTheSpotAtOnce: true, communityLevel: 2),
            tariff: Tariff(rates: [], fenPerPoint: 100, reviewDays: 7, reviewerRole: "grid-worker", reviewerLevel: 3),
            workingTime: WorkingTime(spans: [.init(from: 480, to: 720), .init(from: 840, to: 1_080)]), holidays: [])
    }

    private static func text(_ zh: String) -> LocalizedText { LocalizedText(zh: zh, en: zh) }

    private static func condition(_ code: String, needsEvidence: Bool) -> FilingCondition {
        FilingCondition(
            code: ConditionCode(code), category: CategoryCode("C0101"), name: text(code),
            limit: TimeLimit(4, .workingHours),
            severity: .general, needsEvidence: needsEvidence)
    }
}

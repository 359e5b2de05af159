import City

/// A street of one block, two communities and three micro grids, staffed so that each path of a case has somebody.
///
/// ```
///   R ─ B01 ─┬─ C01 ─┬─ M001
///            │       └─ M002
///            └─ C02 ─── M003
/// ```
/// Each micro grid is a thousandth of a degree wide; a grid's posts carry its code: `GW-M001` works in `M001`.
enum SmallTown {
    static let sources = ["hotline", "patrol"]

    static func city(_ profile: Profile = profile) throws -> City {
        var profile = profile
        profile.version = 1
        let shanghai = try TimeZoneRules(
            name: "Asia/Shanghai", transitions: [.init(from: .earliest, offsetSeconds: 28_800)])
        return try City(profile: profile, zone: shanghai)
    }

    /// The town before its catalogue had street lamps.
    static let withoutLamps: Profile = {
        var earlier = profile
        earlier.conditions.removeAll { $0.code == ConditionCode("C0101-2") }
        return earlier
    }()

    static let profile = Profile(
        code: "town", name: text("样街"), version: 0, timeZone: "Asia/Shanghai", divisionCode: "510116002",
        trackingPrefix: "SMP", notes: [],
        levels: (1...4).map { GridLevel(level: $0, slug: "l\($0)", name: text("级")) },
        grids: [
            grid("R", in: nil, level: 1, 0..<3), grid("B01", in: "R", level: 2, 0..<3),
            grid("C01", in: "B01", level: 3, 0..<2), grid("C02", in: "B01", level: 3, 2..<3),
            grid("M001", in: "C01", level: 4, 0..<1), grid("M002", in: "C01", level: 4, 1..<2),
            grid("M003", in: "C02", level: 4, 2..<3),
        ],
        posts: [
            post("SL", "R", "street-leader"), post("CMD", "R", "brigade-commander", unit: "BRIGADE"),
            post("DP1", "R", "dispatcher"), post("CK", "R", "closing-checker"), post("BL-B01", "B01", "block-leader"),
            post("BG-B01", "B01", "brigade", unit: "SQUAD"), post("UL-1", "R", "unit-liaison", unit: "SHOP"),
        ]
            + ["C01", "C02"].flatMap { [post("CL-\($0)", $0, "community-leader"), post("CR-\($0)", $0, "reviewer")] }
            + ["M001", "M002", "M003"].flatMap {
                [post("GL-\($0)", $0, "grid-leader"), post("GW-\($0)", $0, "grid-worker")]
            },
        units: [
            Unit(code: UnitCode("BRIGADE"), grid: GridCode("R"), kind: "brigade", name: text("大队")),
            Unit(code: UnitCode("SQUAD"), grid: GridCode("B01"), kind: "squad", name: text("中队")),
            Unit(code: UnitCode("SHOP"), grid: GridCode("R"), kind: "property", name: text("单位")),
        ],
        sources: [
            Source(code: SourceCode("patrol"), name: text("巡查"), datum: .wgs84, staffed: true),
            Source(code: SourceCode("hotline"), name: text("热线"), datum: .wgs84, staffed: false),
        ],
        categories: [
            category("C0101", .component), category("E0101", .event), category("E0401", .event),
            category("S0101", .social),
        ],
        conditions: [
            condition("C0101-1", .larger), condition("C0101-2", .general), condition("E0101-1", .general),
            condition("E0401-1", .major), condition("S0101-1", .larger),
        ],
        policy: Policy(
            rules: rules, duplicates: .init(radiusMetres: 30, withinHours: 72),
            clocks: .init(
                dispatch: TimeLimit(15, .minutes), accept: TimeLimit(15, .minutes), check: TimeLimit(30, .minutes),
                defaultHandling: TimeLimit(4, .workingHours), warnAtPercent: [50, 80]),
            closeOnTheSpotAtOnce: true, communityLevel: 3),
        tariff: Tariff(
            rates: [
                rate("on-the-spot-handling", 3, cap: 60), rate("valid-report", 1, cap: 30),
                rate("handling", 2, cap: 40),
                rate("joint-handling", 4, cap: 120), rate("closing-check", 1, cap: 10),
            ], fenPerPoint: 100, reviewDays: 7, reviewerRole: "reviewer", reviewerLevel: 3),
        workingTime: WorkingTime(spans: [.init(from: 480, to: 720), .init(from: 840, to: 1_080)]), holidays: [])

    private static let rules = [
        rule("major-command", [.major], path: .command, "brigade-commander", 1, assisting: ["street-leader"]),
        rule("larger-report-up", [.larger], path: .reportUp, "community-leader", 3, assisting: ["grid-leader"]),
        rule("general-finder", [], path: .finder, "grid-worker", 4, assisting: []),
    ]

    private static func rule(
        _ id: String, _ severities: [Severity], path: Policy.Path, _ role: String, _ level: Int, assisting: [String]
    ) -> Policy.Rule {
        Policy.Rule(
            id: id, severities: severities, categoryPrefixes: [], sources: [], path: path, leadRole: role,
            leadLevel: level, assistingRoles: assisting)
    }

    private static func text(_ zh: String) -> LocalizedText { LocalizedText(zh: zh, en: zh) }

    private static func rate(_ kind: String, _ points: Int, cap: Int) -> Tariff.Rate {
        Tariff.Rate(kind: kind, name: text(kind), points: points, dailyCap: cap)
    }

    private static func grid(_ code: String, in parent: String?, level: Int, _ strip: Range<Int>) -> Grid {
        let (west, east) = (104 + Double(strip.lowerBound) / 1_000, 104 + Double(strip.upperBound) / 1_000)
        let ring = [(west, 30.0), (east, 30), (east, 30.01), (west, 30.01), (west, 30)].map {
            Coordinate(longitude: $0.0, latitude: $0.1)
        }
        return Grid(
            code: GridCode(code), parent: parent.map { GridCode($0) }, level: level, kind: .base, name: text(code),
            households: 400, area: MultiPolygon(polygons: [Polygon(rings: [ring])]))
    }

    private static func post(_ code: String, _ grid: String, _ role: String, unit: String? = nil) -> StaffPost {
        StaffPost(
            code: PostCode(code), grid: GridCode(grid), role: role, title: text(role), unit: unit.map { UnitCode($0) })
    }

    private static func category(_ code: String, _ kind: Category.Kind) -> Category {
        Category(code: CategoryCode(code), kind: kind, majorClass: text("大类"), name: text(code))
    }

    private static func condition(_ code: String, _ severity: Severity) -> FilingCondition {
        FilingCondition(
            code: ConditionCode(code), category: CategoryCode(String(code.prefix(5))), name: text(code),
            limit: TimeLimit(4, .workingHours), severity: severity, needsEvidence: false)
    }
}

/// Local time in Shanghai, such as `2025-11-03 09:00`.
func local(_ text: String) -> Timestamp {
    guard let moment = Timestamp(rfc3339: text.replacing(" ", with: "T") + ":00+08:00") else {
        preconditionFailure("\(text) is no moment")
    }
    return moment
}

import City

/// A street divided 1 + 11 + 16 + 151, staffed and routed as the shipped profile is, drawn as strips side by side.
///
/// Blocks are `B01`…, communities `C01`…, micro grids `M001`…; each micro grid is a thousandth of a degree wide. A grid's
/// posts carry its code: `GW-M001` works in `M001`, `CL-C01` leads `C01`.
enum StreetCity {
    static let blocks = 11
    static let communities = 16
    static let micros = 151

    static func make(_ change: (inout Profile) -> Void = { _ in }) throws -> City {
        var profile = profile
        profile.version = 1
        change(&profile)
        let shanghai = try TimeZoneRules(
            name: "Asia/Shanghai", transitions: [.init(from: .earliest, offsetSeconds: 28_800)])
        return try City(profile: profile, zone: shanghai)
    }

    static func number(_ value: Int, digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    static func micro(_ value: Int) -> GridCode { GridCode("M" + number(value, digits: 3)) }

    /// The micro grids of a community, and the communities of a block, in order.
    private static func share(_ part: Int, of parts: Int, in whole: Int) -> Range<Int> {
        (part - 1) * whole / parts..<part * whole / parts
    }

    static let profile: Profile = {
        var grids = [grid("R", in: nil, level: 1, 0..<micros)]
        var posts = [
            post("SL", "R", "street-leader"), post("CMD", "R", "brigade-commander", unit: "BRIGADE"),
            post("DP1", "R", "dispatcher"), post("DP2", "B02", "dispatcher"), post("CK", "R", "closing-checker"),
            post("CK-C01", "C01", "closing-checker"),
        ]
        var units = [Unit(code: UnitCode("BRIGADE"), grid: GridCode("R"), kind: "brigade", name: text("大队"))]
        for block in 1...blocks {
            let code = "B" + number(block, digits: 2)
            let inside = share(block, of: blocks, in: communities)
            let from = share(inside.lowerBound + 1, of: communities, in: micros).lowerBound
            grids.append(
                grid(code, in: "R", level: 2, from..<share(inside.upperBound, of: communities, in: micros).upperBound))
            units.append(Unit(code: UnitCode("SQUAD-\(code)"), grid: GridCode(code), kind: "squad", name: text("中队")))
            posts += [
                post("BL-\(code)", code, "block-leader"), post("BG-\(code)", code, "brigade", unit: "SQUAD-\(code)"),
            ]
            for community in inside {
                let name = "C" + number(community + 1, digits: 2)
                let strip = share(community + 1, of: communities, in: micros)
                grids.append(grid(name, in: code, level: 3, strip))
                posts += [post("CL-\(name)", name, "community-leader"), post("CR-\(name)", name, "community-reviewer")]
                for micro in strip {
                    let leaf = StreetCity.micro(micro + 1).rawValue
                    grids.append(grid(leaf, in: name, level: 4, micro..<micro + 1))
                    posts += [post("GL-\(leaf)", leaf, "grid-leader"), post("GW-\(leaf)", leaf, "grid-worker")]
                }
            }
        }
        for index in 1...53 {
            let code = "UNIT-" + number(index, digits: 2)
            units.append(Unit(code: UnitCode(code), grid: GridCode("R"), kind: "property", name: text("单位")))
            posts.append(post("UL-\(index)", "R", "unit-liaison", unit: code))
        }
        let minutes = TimeLimit(15, .minutes)
        return Profile(
            code: "street", name: text("样街"), version: 0, timeZone: "Asia/Shanghai", divisionCode: "510116002",
            trackingPrefix: "SMP", notes: [],
            levels: (1...4).map { GridLevel(level: $0, slug: "l\($0)", name: text("级")) }, grids: grids, posts: posts,
            units: units,
            sources: [
                Source(code: SourceCode("patrol"), name: text("巡查"), datum: .wgs84, staffed: true),
                Source(code: SourceCode("hotline"), name: text("热线"), datum: .wgs84, staffed: false),
            ],
            categories: [
                category("C0101", .component), category("E0101", .event), category("E0401", .event),
                category("S0101", .social),
            ],
            conditions: [
                condition("C0101-1", .larger, needsEvidence: true), condition("C0101-2", .general, needsEvidence: true),
                condition("E0101-1", .general), condition("E0401-1", .major), condition("S0101-1", .larger),
            ],
            policy: Policy(
                rules: rules, duplicates: .init(radiusMetres: 30, withinHours: 72),
                clocks: .init(
                    dispatch: minutes, accept: minutes, check: TimeLimit(30, .minutes),
                    defaultHandling: TimeLimit(4, .workingHours), warnAtPercent: [50, 80]),
                closeOnTheSpotAtOnce: true, communityLevel: 3),
            tariff: Tariff(
                rates: [], fenPerPoint: 100, reviewDays: 7, reviewerRole: "community-reviewer", reviewerLevel: 3),
            workingTime: WorkingTime(spans: [.init(from: 480, to: 720), .init(from: 840, to: 1_080)]), holidays: [])
    }()

    /// The rules of the shipped profile.
    static let rules = [
        Policy.Rule(
            id: "major-command", severities: [.major], categoryPrefixes: [], sources: [], path: .command,
            leadRole: "brigade-commander", leadLevel: 1, assistingRoles: ["street-leader"]),
        Policy.Rule(
            id: "larger-social", severities: [.larger], categoryPrefixes: ["S"], sources: [], path: .reportUp,
            leadRole: "community-leader", leadLevel: 3, assistingRoles: ["grid-leader"]),
        Policy.Rule(
            id: "larger-report-up", severities: [.larger], categoryPrefixes: [], sources: [], path: .reportUp,
            leadRole: "brigade", leadLevel: 2, assistingRoles: ["grid-leader"]),
        Policy.Rule(
            id: "general-finder", severities: [], categoryPrefixes: [], sources: [], path: .finder,
            leadRole: "grid-worker", leadLevel: 4, assistingRoles: []),
    ]

    static func text(_ zh: String) -> LocalizedText { LocalizedText(zh: zh, en: zh) }

    private static func grid(_ code: String, in parent: String?, level: Int, _ strip: Range<Int>) -> Grid {
        let (west, east) = (104 + Double(strip.lowerBound) / 1_000, 104 + Double(strip.upperBound) / 1_000)
        let ring = [(west, 30.0), (east, 30), (east, 30.01), (west, 30.01), (west, 30)].map {
            Coordinate(longitude: $0.0, latitude: $0.1)
        }
        return Grid(
            code: GridCode(code), parent: parent.map { GridCode($0) }, level: level, kind: .base, name: text(code),
            households: 400, area: MultiPolygon(polygons: [Polygon(rings: [ring])]))
    }

    static func post(_ code: String, _ grid: String, _ role: String, unit: String? = nil) -> StaffPost {
        StaffPost(
            code: PostCode(code), grid: GridCode(grid), role: role, title: text(role), unit: unit.map { UnitCode($0) })
    }

    private static func category(_ code: String, _ kind: Category.Kind) -> Category {
        Category(code: CategoryCode(code), kind: kind, majorClass: text("大类"), name: text(code))
    }

    private static func condition(_ code: String, _ severity: Severity, needsEvidence: Bool = false) -> FilingCondition
    {
        FilingCondition(
            code: ConditionCode(code), category: CategoryCode(String(code.prefix(5))), name: text(code),
            limit: TimeLimit(4, .workingHours), severity: severity, needsEvidence: needsEvidence)
    }
}

/// Local time in Shanghai, such as `2025-11-03 09:00`.
func local(_ text: String) -> Timestamp {
    guard let moment = Timestamp(rfc3339: text.replacing(" ", with: "T") + ":00+08:00") else {
        preconditionFailure("\(text) is no moment")
    }
    return moment
}

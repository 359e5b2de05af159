import City

/// A small city: a street of two communities, one of two micro grids, one undivided.
enum SampleCity {
    static let street = GridCode("S")
    static let leaves = ["S-A-1", "S-A-2", "S-B"].map { GridCode($0) }
    static let sources = ["patrol", "hotline-12345", "open311"].map { SourceCode($0) }
    static let categories = ["C0101", "E0201", "S0101"].map { CategoryCode($0) }

    static let profile = Profile(
        code: "sample", name: LocalizedText(zh: "样城", en: "Sample"), version: 0, timeZone: "Asia/Shanghai",
        divisionCode: "510116002", trackingPrefix: "SMP", notes: [],
        levels: [level(1, "street", "街道"), level(2, "community", "社区"), level(3, "micro", "微网格")],
        grids: [
            grid("S", nil, 1, 0, 0, 0.03, 0.02), grid("S-A", "S", 2, 0, 0, 0.02, 0.02),
            grid("S-B", "S", 2, 0.02, 0, 0.03, 0.02), grid("S-A-1", "S-A", 3, 0, 0, 0.01, 0.02),
            grid("S-A-2", "S-A", 3, 0.01, 0, 0.02, 0.02),
        ],
        posts: [
            StaffPost(
                code: PostCode("GL1"), grid: GridCode("S-A-1"), role: "grid-leader",
                title: LocalizedText(zh: "网格长", en: "Grid leader"))
        ],
        units: [],
        sources: sources.map {
            Source(code: $0, name: LocalizedText(zh: "来源\($0)", en: "Source \($0)"), datum: .wgs84, staffed: true)
        },
        categories: categories.map {
            Category(
                code: $0, kind: .event, majorClass: LocalizedText(zh: "大类", en: "Major"),
                name: LocalizedText(zh: "小类\($0)", en: "Category \($0)"))
        },
        conditions: categories.map {
            FilingCondition(
                code: ConditionCode("\($0)-1"), category: $0, name: LocalizedText(zh: "条件", en: "Condition"),
                limit: TimeLimit(4, .workingHours), severity: .general, needsEvidence: false)
        },
        policy: Policy(
            rules: [], duplicates: .init(radiusMetres: 30, withinHours: 24),
            clocks: .init(
                dispatch: TimeLimit(15, .minutes), accept: TimeLimit(15, .minutes), check: TimeLimit(30, .minutes),
                defaultHandling: TimeLimit(4, .workingHours), warnAtPercent: [50, 80]),
            closeOnTheSpotAtOnce: true, communityLevel: 2),
        tariff: Tariff(rates: [], fenPerPoint: 100, reviewDays: 7, reviewerRole: "grid-leader", reviewerLevel: 2),
        workingTime: WorkingTime(spans: [.init(from: 480, to: 720), .init(from: 840, to: 1_080)]),
        holidays: [Holiday(day: CivilDay(year: 2025, month: 11, day: 8), name: "调休", isDayOff: false)])

    private static func level(_ level: Int, _ slug: String, _ zh: String) -> GridLevel {
        GridLevel(level: level, slug: slug, name: LocalizedText(zh: zh, en: slug))
    }

    private static func grid(
        _ code: String, _ parent: String?, _ level: Int, _ west: Double, _ south: Double, _ east: Double,
        _ north: Double
    ) -> Grid {
        func corner(_ x: Double, _ y: Double) -> Coordinate { Coordinate(longitude: 103.9 + x, latitude: 30.5 + y) }
        let ring = [
            corner(west, south), corner(east, south), corner(east, north), corner(west, north), corner(west, south),
        ]
        return Grid(
            code: GridCode(code), parent: parent.map { GridCode($0) }, level: level, kind: .base,
            name: LocalizedText(zh: "网格\(code)", en: "Grid \(code)"), households: 300,
            area: MultiPolygon(polygons: [Polygon(rings: [ring])]))
    }
}

import City

@testable import Rewards

/// A street of two communities. C1 has two micro grids, A and B; C2 has one, D.
enum SampleCity {
    static let rates = [
        rate("on-the-spot-handling", 3, cap: 6), rate("valid-report", 1, cap: 3), rate("joint-handling", 4, cap: 12),
        rate("closing-check", 1, cap: 10),
    ]

    static func make(_ change: (inout Profile) -> Void = { _ in }) throws -> City {
        var profile = profile
        change(&profile)
        let shanghai = try TimeZoneRules(
            name: "Asia/Shanghai", transitions: [.init(from: .earliest, offsetSeconds: 28_800)])
        return try City(profile: profile, zone: shanghai)
    }

    static func rate(_ kind: String, _ points: Int, cap: Int) -> Tariff.Rate {
        Tariff.Rate(kind: kind, name: text(kind), points: points, dailyCap: cap)
    }

    private static let profile = Profile(
        code: "sample", name: text("样城"), version: 7, timeZone: "Asia/Shanghai", divisionCode: "510116",
        trackingPrefix: "SMP", notes: [], levels: (1...3).map { GridLevel(level: $0, slug: "l\($0)", name: text("级")) },
        grids: [
            grid("S", in: nil, level: 1, 0, 3), grid("C1", in: "S", level: 2, 0, 2),
            grid("C2", in: "S", level: 2, 2, 3),
            grid("A", in: "C1", level: 3, 0, 1), grid("B", in: "C1", level: 3, 1, 2),
            grid("D", in: "C2", level: 3, 2, 3),
        ],
        posts: [
            post("worker-a", "A", "grid-worker"), post("worker-b", "B", "grid-worker"),
            post("worker-d", "D", "grid-worker"),
            post("leader-1", "C1", "grid-leader"), post("reviewer-1", "C1", "reviewer"),
            post("reviewer-2", "C2", "reviewer"), post("checker", "S", "closing-checker"),
            post("brigade", "S", "brigade", unit: "U"),
        ],
        units: [Unit(code: UnitCode("U"), grid: GridCode("S"), kind: "brigade", name: text("城管中队"))], sources: [],
        categories: [], conditions: [],
        policy: Policy(
            rules: [], duplicates: .init(radiusMetres: 30, withinHours: 24),
            clocks: .init(
                dispatch: TimeLimit(15, .minutes), accept: TimeLimit(15, .minutes), check: TimeLimit(30, .minutes),
                defaultHandling: TimeLimit(4, .workingHours), warnAtPercent: [50, 80]),
            closeOnTheSpotAtOnce: true, communityLevel: 2),
        tariff: Tariff(rates: rates, fenPerPoint: 100, reviewDays: 7, reviewerRole: "reviewer", reviewerLevel: 2),
        workingTime: WorkingTime(spans: [.init(from: 480, to: 720), .init(from: 840, to: 1_080)]), holidays: [])

    private static func text(_ zh: String) -> LocalizedText { LocalizedText(zh: zh, en: zh) }

    private static func post(_ code: String, _ grid: String, _ role: String, unit: String? = nil) -> StaffPost {
        StaffPost(
            code: PostCode(code), grid: GridCode(grid), role: role, title: text(code), unit: unit.map { UnitCode($0) })
    }

    private static func grid(_ code: String, in parent: String?, level: Int, _ west: Double, _ east: Double) -> Grid {
        let corners = [(west, 0.0), (east, 0), (east, 1), (west, 1), (west, 0)]
        return Grid(
            code: GridCode(code), parent: parent.map { GridCode($0) }, level: level, kind: .base, name: text(code),
            households: 300,
            area: MultiPolygon(
                polygons: [Polygon(rings: [corners.map { Coordinate(longitude: $0.0, latitude: $0.1) }])]))
    }
}

extension Reviewer {
    static func sample(_ post: String, role: String = "reviewer", over grids: String...) -> Reviewer {
        Reviewer(post: PostCode(post), roles: [role], jurisdiction: grids.map { GridCode($0) })
    }

    static let first = Reviewer.sample("reviewer-1", over: "C1")
    static let second = Reviewer.sample("reviewer-2", over: "C2")
    static let chief = Reviewer.sample("reviewer-0", over: "S")
}

/// Local time in Shanghai, such as `2026-02-13 17:00`.
func local(_ text: String) -> Timestamp {
    guard let moment = Timestamp(rfc3339: text.replacing(" ", with: "T") + ":00+08:00") else {
        preconditionFailure("\(text) is no moment")
    }
    return moment
}

extension Timestamp {
    func plus(days: Int) -> Timestamp { advanced(bySeconds: Int64(days) * 86_400) }
}

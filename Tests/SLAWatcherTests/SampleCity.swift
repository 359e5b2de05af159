import City
import FoundationEssentials

/// A city of one street with two grids, and a filing condition for each kind of limit.
enum SampleCity {
    /// - Parameters:
    ///   - years: Years whose holidays are announced.
    static func make(
        version: Int = 1, years: ClosedRange<Int> = 2_025...2_026, _ change: (inout Profile) -> Void = { _ in }
    ) throws -> City {
        var profile = profile
        profile.version = version
        profile.holidays = try years.flatMap { try holidays(year: $0) }
        change(&profile)
        let shanghai = try TimeZoneRules(
            name: "Asia/Shanghai", transitions: [.init(from: .earliest, offsetSeconds: 28_800)])
        return try City(profile: profile, zone: shanghai)
    }

    private static let profile = Profile(
        code: "sample", name: text("样城"), version: 1, timeZone: "Asia/Shanghai", divisionCode: "510116",
        trackingPrefix: "SMP", notes: [], levels: [1, 2].map { GridLevel(level: $0, slug: "l\($0)", name: text("级")) },
        grids: [
            grid("S", in: nil, level: 1, 0, 2), grid("A", in: "S", level: 2, 0, 1), grid("B", in: "S", level: 2, 1, 2),
        ],
        posts: [], units: [], sources: [],
        categories: [
            Category(code: CategoryCode("C0101"), kind: .component, majorClass: text("公用设施"), name: text("上水井盖"))
        ],
        conditions: [
            condition("urgent-2", TimeLimit(2, .urgentHours)), condition("hours-4", TimeLimit(4, .workingHours)),
            condition("days-2", TimeLimit(2, .workingDays)),
        ],
        policy: Policy(
            rules: [], duplicates: .init(radiusMetres: 30, withinHours: 24),
            clocks: .init(
                dispatch: TimeLimit(15, .minutes), accept: TimeLimit(20, .minutes), check: TimeLimit(30, .minutes),
                defaultHandling: TimeLimit(3, .urgentHours), warnAtPercent: [50, 80]),
            closeOnTheSpotAtOnce: true, communityLevel: 2),
        tariff: Tariff(rates: [], fenPerPoint: 1_000, reviewDays: 7, reviewerRole: "grid-leader", reviewerLevel: 1),
        workingTime: WorkingTime(spans: [.init(from: 480, to: 720), .init(from: 840, to: 1_080)]), holidays: [])

    private static func text(_ zh: String) -> LocalizedText { LocalizedText(zh: zh, en: zh) }

    private static func grid(_ code: String, in parent: String?, level: Int, _ west: Double, _ east: Double) -> Grid {
        let corners = [(west, 0.0), (east, 0), (east, 1), (west, 1), (west, 0)]
        return Grid(
            code: GridCode(code), parent: parent.map { GridCode($0) }, level: level, kind: .base, name: text(code),
            households: 300,
            area: MultiPolygon(
                polygons: [Polygon(rings: [corners.map { Coordinate(longitude: $0.0, latitude: $0.1) }])]))
    }

    private static func condition(_ code: String, _ limit: TimeLimit) -> FilingCondition {
        FilingCondition(
            code: ConditionCode(code), category: CategoryCode("C0101"), name: text(code), limit: limit,
            severity: .general, needsEvidence: true)
    }

    private struct HolidayFile: Decodable {
        struct Day: Decodable {
            var name: String
            var date: String
            var isOffDay: Bool
        }
        var days: [Day]
    }

    private static func holidays(year: Int) throws -> [Holiday] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/holidays/\(year).json")
        return try JSONDecoder().decode(HolidayFile.self, from: Data(contentsOf: file)).days.compactMap { day in
            CivilDay(iso8601: day.date).map { Holiday(day: $0, name: day.name, isDayOff: day.isOffDay) }
        }
    }
}

/// Local time in Shanghai, such as `2026-02-13 17:00`.
func local(_ text: String) -> Timestamp {
    guard let moment = Timestamp(rfc3339: text.replacing(" ", with: "T") + (text.count == 16 ? ":00" : "") + "+08:00")
    else { preconditionFailure("\(text) is no moment") }
    return moment
}

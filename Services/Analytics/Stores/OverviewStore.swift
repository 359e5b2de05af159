import City
import Postgres

/// Reads an overview from the analysts' own views, so that the page and an analyst count the same.
enum OverviewStore {
    /// Columns of `analytics.daily` summed up, in the order of ``Measure/daily``.
    private static let sums = SQL(
        unescaped: Measure.daily.map { "coalesce(sum(\($0.rawValue)), 0)::bigint" }.joined(separator: ", "))

    /// Which of (day, source, category, grid) a row is for, as `grouping` numbers it.
    private enum Grouping {
        static let total: Int32 = 0b1111
        static let day: Int32 = 0b0111
        static let source: Int32 = 0b1011
        static let category: Int32 = 0b1101
        static let grid: Int32 = 0b1110
    }

    /// One round trip. For figures that agree with each other the transaction must read one snapshot.
    static func load(
        period: Period, today: CivilDay, now: Timestamp, in transaction: PostgresTransaction
    ) throws -> Overview {
        let (from, to) = (PostgresDate(period.from), PostgresDate(period.to))
        let groups = try transaction.enqueue(
            """
            SELECT grouping(day, source, category, grid), day, source, category, grid, \(sums)
            FROM analytics.daily WHERE day BETWEEN \(from) AND \(to)
            GROUP BY GROUPING SETS ((), (day), (source), (category), (grid))
            """, label: "figures of the period")
        let ofToday = try transaction.enqueue(
            "SELECT \(sums) FROM analytics.daily WHERE day = \(PostgresDate(today))", label: "figures of today")
        let points = try transaction.enqueue(
            """
            SELECT day, points_posted::bigint, points_resolved::bigint FROM analytics.daily_points
            WHERE day BETWEEN \(from) AND \(to) OR day = \(PostgresDate(today))
            """, label: "points")
        let present = try transaction.enqueue(
            "SELECT grid, open, overdue, yellow, red, breached FROM analytics.present", label: "what is open")
        let outside = try transaction.query(
            "SELECT count(*) FROM analytics.case_fact WHERE open AND reported_day NOT BETWEEN \(from) AND \(to)",
            label: "what is open from other periods")

        var overview = Overview(now: now, today: today, period: period)
        try add(groups.rows(), to: &overview)
        if let row = try ofToday.rows().first { overview.todayTotal = try counts(row, from: 0) }
        for (date, posted, resolved) in try points.rows().decode((PostgresDate, Int64, Int64).self) {
            let day = CivilDay(date)
            if period.contains(day) {
                overview.total[.pointsPosted] += posted
                overview.total[.pointsResolved] += resolved
            }
            if day == today {
                overview.todayTotal[.pointsPosted] = posted
                overview.todayTotal[.pointsResolved] = resolved
            }
        }
        try addPresent(present.rows(), to: &overview)
        overview.total[.inWork] = overview.total[.reported] + (try outside.decode(Int64.self).first ?? 0)
        return overview
    }

    private static func add(_ groups: PostgresRows, to overview: inout Overview) throws {
        for row in groups {
            let counts = try counts(row, from: 5)
            switch try row[0].decode(Int32.self) {
            case Grouping.total: overview.total = counts
            case Grouping.day: overview.byDay[CivilDay(try row[1].decode(PostgresDate.self))] = counts
            case Grouping.source: overview.bySource[SourceCode(try row[2].decode(String.self))] = counts
            case Grouping.category: overview.byCategory[CategoryCode(try row[3].decode(String.self))] = counts
            case Grouping.grid:
                let grid = try row[4].decode(String?.self).map { GridCode($0) }
                overview.byGrid[grid, default: .init()].reported = counts[.reported]
                overview.byGrid[grid, default: .init()].handled = counts[.handled]
            default: continue
            }
        }
    }

    private static func addPresent(_ rows: PostgresRows, to overview: inout Overview) throws {
        for (code, open, overdue, yellow, red, breached) in try rows.decode(
            (String?, Int64, Int64, Int64, Int64, Int64).self)
        {
            let grid = code.map { GridCode($0) }
            overview.byGrid[grid, default: .init()].open = open
            overview.byGrid[grid, default: .init()].overdue = overdue
            overview.total[.open] += open
            overview.total[.overdue] += overdue
            overview.warnings.yellow += yellow
            overview.warnings.red += red
            overview.warnings.breached += breached
        }
    }

    private static func counts(_ row: PostgresRow, from column: Int) throws -> Counts {
        var counts = Counts()
        for (offset, measure) in Measure.daily.enumerated() {
            counts[measure] = try row[column + offset].decode(Int64.self)
        }
        return counts
    }
}

extension PostgresDate {
    init(_ day: CivilDay) { self.init(daysSinceEpoch: Int32(day.daysSinceEpoch)) }
}

extension CivilDay {
    init(_ date: PostgresDate) { self.init(daysSinceEpoch: Int(date.daysSinceEpoch)) }
}

import City
import Postgres

/// A month's figures as an analyst reads them: from the analytics views alone, in both languages.
struct MonthFigures: Sendable {
    private struct Indicator: Sendable {
        var id: String
        var unit: String
        var name: String
        var numerator: Int64
        var denominator: Int64
    }

    private struct Share: Sendable {
        var name: String
        var reported: Int64
        var onTheSpot: Int64
        var handled: Int64
        var onTime: Int64
    }

    private let month: String
    private let indicators: [Indicator]
    private let sources: [Share]
    private let categories: [Share]
    private let marks: [(kind: String, yellow: Int64, red: Int64, breach: Int64)]
    private let points: [(state: String, claims: Int64, points: Int64)]
    private let inputs: (accepted: Int64, rejected: Int64)

    /// Cases of the month that count.
    var reported: Int { numerator("reported") }
    /// How many of them were handled by whoever found them.
    var onTheSpot: Int { numerator("on-the-spot-rate") }

    private func numerator(_ id: String) -> Int {
        Int(indicators.first { $0.id == id }?.numerator ?? 0)
    }

    static func load(_ scenario: Scenario, session: PostgresSession) throws -> MonthFigures {
        let from = scenario.begin.iso8601
        let to = scenario.begin.adding(days: scenario.days - 1).iso8601
        let indicators = try session.query(
            """
            SELECT i.id, i.unit, i.name_zh || ' · ' || i.name_en, coalesce(v.numerator, 0), coalesce(v.denominator, 0)
            FROM analytics.indicators(\(from)::text::date, \(to)::text::date) v
            JOIN analytics.indicator i USING (id) ORDER BY i.position
            """
        ).decode((String, String, String, Int64, Int64).self).map {
            Indicator(id: $0.0, unit: $0.1, name: $0.2, numerator: $0.3, denominator: $0.4)
        }
        let marks = try session.query(
            """
            SELECT kind, count(*) FILTER (WHERE mark = 'yellow'), count(*) FILTER (WHERE mark = 'red'),
                   count(*) FILTER (WHERE mark = 'breach')
            FROM analytics.clock_fact GROUP BY kind ORDER BY kind
            """
        ).decode((String, Int64, Int64, Int64).self)
        let points = try session.query(
            "SELECT state, count(*), sum(points) FROM analytics.points_fact GROUP BY state ORDER BY state"
        ).decode((String, Int64, Int64).self)
        let inputs = try session.query(
            "SELECT (SELECT count(*) FROM analytics.report_fact), (SELECT count(*) FROM analytics.rejection_fact)"
        ).decode((Int64, Int64).self)
        return MonthFigures(
            month: scenario.name, indicators: indicators,
            sources: try shares("source", from: from, to: to, most: 20, session: session),
            categories: try shares("category", from: from, to: to, most: 8, session: session),
            marks: marks.map { (kind: $0.0, yellow: $0.1, red: $0.2, breach: $0.3) },
            points: points.map { (state: $0.0, claims: $0.1, points: $0.2) },
            inputs: (accepted: inputs.first?.0 ?? 0, rejected: inputs.first?.1 ?? 0))
    }

    /// - Parameter dimension: `source` or `category`.
    private static func shares(
        _ dimension: String, from: String, to: String, most: Int, session: PostgresSession
    ) throws -> [Share] {
        try session.query(
            """
            SELECT n.name_zh || ' · ' || n.name_en, sum(d.reported)::bigint, sum(d.on_the_spot)::bigint,
                   sum(d.handled)::bigint, sum(d.on_time)::bigint
            FROM analytics.daily d
            JOIN analytics.\(identifier: "dim_\(dimension)") n ON n.\(identifier: dimension) = d.\(identifier: dimension)
            WHERE d.day BETWEEN \(from)::text::date AND \(to)::text::date
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT \(Int64(most))
            """
        ).decode((String, Int64, Int64, Int64, Int64).self).map {
            Share(name: $0.0, reported: $0.1, onTheSpot: $0.2, handled: $0.3, onTime: $0.4)
        }
    }

    // MARK: Text

    /// The figures as tables, a line each.
    var lines: [String] {
        let tables = [
            table(["指标 · Indicator", "分子 · num.", "分母 · den.", "值 · value"], indicators.map(row)),
            table(["来源 · Source"] + Self.shareHeader, sources.map(row)),
            table(["小类（前 \(categories.count)）· Category"] + Self.shareHeader, categories.map(row)),
            table(
                ["时钟 · Clock", "黄 · yellow", "红 · red", "超期 · breach"],
                marks.map { [Self.kinds[$0.kind] ?? $0.kind, "\($0.yellow)", "\($0.red)", "\($0.breach)"] }),
            table(
                ["积分 · Points", "笔 · claims", "分 · points"],
                points.map { [Self.states[$0.state] ?? $0.state, "\($0.claims)", "\($0.points)"] }),
        ]
        let head = "\n\(month)  受理上报 accepted reports \(inputs.accepted) · 拒收 rejected \(inputs.rejected)\n"
        return ([head] + tables.flatMap { [$0, ""] }).flatMap { text in
            text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private func table(_ header: [String], _ rows: [[String]]) -> String {
        TextTable(header: header, rows: rows, numeric: Set(1..<header.count)).text
    }

    private func row(_ indicator: Indicator) -> [String] {
        let value =
            indicator.unit == "rate"
            ? Self.percent(indicator.numerator, indicator.denominator) : "\(indicator.numerator)"
        return [indicator.name, "\(indicator.numerator)", "\(indicator.denominator)", value]
    }

    private func row(_ share: Share) -> [String] {
        [
            share.name, "\(share.reported)", "\(share.onTheSpot)", Self.percent(share.handled, share.reported),
            Self.percent(share.onTime, share.reported),
        ]
    }

    private static let shareHeader = ["上报 · reported", "现场 · on the spot", "已处置 · handled", "按期 · on time"]
    private static let kinds = [
        "dispatch": "派遣 · dispatch", "accept": "接单 · accept", "handling": "处置 · handling", "check": "核查 · check",
    ]
    private static let states = [
        "posted": "已发放 · posted", "voided": "已作废 · voided", "expired": "已过期 · expired", "pending": "待审核 · pending",
    ]

    /// To one decimal, rounded half up, such as `90.8 %`; a dash where there is nothing to divide by.
    ///
    /// Only a full share reads 100 %, as on the command centre's page: a rounded 100 would hide the one that is missing.
    static func percent(_ numerator: Int64, _ denominator: Int64) -> String {
        guard denominator > 0 else { return "–" }
        let rounded = (numerator * 2_000 + denominator) / (denominator * 2)
        let tenths = numerator < denominator ? min(rounded, 999) : rounded
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

import City
import Postgres
import ServiceKit

/// The table an analyst would read, from the analysts' own views.
struct DemoFigures: Sendable {
    struct Indicator: Sendable {
        var id: String
        var name: LocalizedText
        var unit: String
        var numerator: Int64
        var denominator: Int64?
    }

    /// One line of a break-down: how much was reported, handled at once, handled in time.
    struct Part: Sendable {
        var name: LocalizedText
        var reported: Int64
        var onTheSpot: Int64
        var due: Int64
        var onTime: Int64
    }

    var from: String
    var to: String
    var indicators: [Indicator]
    var marks: [(mark: String, count: Int64)]
    var points: [(state: String, claims: Int64, points: Int64)]
    var bySource: [Part]
    var byCategory: [Part]

    var reported: Int { Int(numerator("reported")) }
    var onTheSpot: Int { Int(numerator("on-the-spot-rate")) }

    private func numerator(_ id: String) -> Int64 { indicators.first { $0.id == id }?.numerator ?? 0 }

    /// Reads the figures of a month.
    init(from first: CivilDay, days: Int, session: PostgresSession) throws {
        let (from, to) = (first.iso8601, first.adding(days: days - 1).iso8601)
        self.from = from
        self.to = to
        indicators = try session.query(
            """
            SELECT i.id, d.name_zh, d.name_en, d.unit, i.numerator, i.denominator
            FROM analytics.indicators(\(from)::text::date, \(to)::text::date) i JOIN analytics.indicator d USING (id)
            ORDER BY d.position
            """
        ).decode((String, String, String, String, Int64, Int64?).self).map {
            Indicator(
                id: $0.0, name: LocalizedText(zh: $0.1, en: $0.2), unit: $0.3, numerator: $0.4, denominator: $0.5)
        }
        marks = try session.query(
            "SELECT mark, count(*) FROM analytics.clock_fact GROUP BY mark ORDER BY array_position(ARRAY['yellow', 'red', 'breach'], mark)"
        ).decode((String, Int64).self).map { (mark: $0.0, count: $0.1) }
        points = try session.query(
            "SELECT state, count(*), sum(points)::bigint FROM analytics.points_fact GROUP BY state ORDER BY 2 DESC"
        ).decode((String, Int64, Int64).self).map { (state: $0.0, claims: $0.1, points: $0.2) }
        bySource = try Self.parts(
            """
            SELECT s.name_zh, s.name_en, sum(d.reported)::bigint, sum(d.on_the_spot)::bigint, sum(d.due)::bigint,
                   sum(d.on_time)::bigint
            FROM analytics.daily d JOIN analytics.dim_source s USING (source)
            WHERE d.day BETWEEN \(from)::text::date AND \(to)::text::date
            GROUP BY s.source, s.name_zh, s.name_en ORDER BY 3 DESC
            """, session)
        byCategory = try Self.parts(
            """
            SELECT c.name_zh, c.name_en, sum(d.reported)::bigint, sum(d.on_the_spot)::bigint, sum(d.due)::bigint,
                   sum(d.on_time)::bigint
            FROM analytics.daily d JOIN analytics.dim_category c USING (category)
            WHERE d.day BETWEEN \(from)::text::date AND \(to)::text::date
            GROUP BY c.category, c.name_zh, c.name_en ORDER BY 3 DESC LIMIT 8
            """, session)
    }

    private static func parts(_ sql: SQL, _ session: PostgresSession) throws -> [Part] {
        try session.query(sql).decode((String, String, Int64, Int64, Int64, Int64).self).map {
            Part(
                name: LocalizedText(zh: $0.0, en: $0.1), reported: $0.2, onTheSpot: $0.3, due: $0.4, onTime: $0.5)
        }
    }

    func text(in language: Language) -> String {
        let zh = language == .zh
        let main = TextTable(
            header: [zh ? "指标" : "indicator", zh ? "分子" : "numerator", zh ? "分母" : "denominator", zh ? "数值" : "value"],
            rows: indicators.map { one in
                let isRate = one.unit == "rate"
                return [
                    both(one.name), grouped(one.numerator), isRate ? grouped(one.denominator ?? 0) : "",
                    isRate ? percent(one.numerator, one.denominator ?? 0) : grouped(one.numerator),
                ]
            }, numeric: [1, 2, 3])
        let warnings = marks.map { "\(Self.markName($0.mark, zh: zh)) \(grouped($0.count))" }.joined(separator: "  ")
        let claims = points.map {
            "\(Self.stateName($0.state, zh: zh)) \(grouped($0.points)) (\(grouped($0.claims)))"
        }.joined(separator: "  ")
        return [
            "\(from) – \(to)", main.text,
            (zh ? "时钟预警：" : "warnings of clocks: ") + (warnings.isEmpty ? "0" : warnings),
            (zh ? "积分（笔数）：" : "points (claims): ") + (claims.isEmpty ? "0" : claims),
            "", table(bySource, title: zh ? "来源" : "source", zh: zh), "",
            table(byCategory, title: zh ? "类别" : "category", zh: zh),
        ].joined(separator: "\n")
    }

    private func table(_ parts: [Part], title: String, zh: Bool) -> String {
        TextTable(
            header: [
                title, zh ? "上报" : "reported", zh ? "现场处置率" : "on the spot", zh ? "按期处置率" : "on time",
            ],
            rows: parts.map {
                [
                    both($0.name), grouped($0.reported), percent($0.onTheSpot, $0.reported), percent($0.onTime, $0.due),
                ]
            }, numeric: [1, 2, 3]
        ).text
    }

    private func both(_ name: LocalizedText) -> String { "\(name.zh) \(name.en)" }

    private func percent(_ part: Int64, _ whole: Int64) -> String {
        guard whole > 0 else { return "–" }
        // Rounded to a tenth of a per cent, but never up to all when something is missing.
        let tenths = min((part * 1_000 + whole / 2) / whole, part == whole ? 1_000 : 999)
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private func grouped(_ number: Int64) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    private static func markName(_ mark: String, zh: Bool) -> String {
        switch mark {
        case "yellow": zh ? "黄" : "yellow"
        case "red": zh ? "红" : "red"
        default: zh ? "超期" : "breached"
        }
    }

    private static func stateName(_ state: String, zh: Bool) -> String {
        switch state {
        case "posted": zh ? "已入账" : "posted"
        case "pending": zh ? "待审核" : "pending"
        case "voided": zh ? "不予认可" : "voided"
        default: zh ? "逾期失效" : "expired"
        }
    }
}

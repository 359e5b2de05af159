import City
import FoundationEssentials
import Messages
import Postgres
import Testing

@testable import Analytics

@Suite("Analysts' guide and definitions")
struct GuideTests {
    private static let guides = ["analysts.md", "analysts.zh-CN.md"]

    private static func guide(_ name: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let bytes = try #require(FileManager.default.contents(atPath: "/\(root)/docs/\(name)"))
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("Every query of the guide runs, on facts and on none", arguments: guides)
    func queries(guide: String) throws {
        let queries = try Self.guide(guide).split(separator: "```sql\n").dropFirst().compactMap {
            $0.split(separator: "```").first.map(String.init)
        }
        #expect(queries.count >= 9)
        let facts = try Facts()
        for query in queries { _ = try facts.session.query(SQL(unescaped: query)) }
        try facts.deliver(Story(cases: 200, seed: 6).told)
        for query in queries where !query.contains("verify") {
            #expect(try !facts.session.query(SQL(unescaped: query)).isEmpty, "\(query)")
        }
    }

    @Test("The guide, the database and the page define every indicator alike")
    func definitions() throws {
        let facts = try Facts()
        let rows = try facts.session.query(
            """
            SELECT id, unit, scope, numerator, denominator, name_zh, name_en, definition_zh, definition_en
            FROM analytics.indicator ORDER BY position
            """)
        let (english, chinese) = (try Self.guide("analysts.md"), try Self.guide("analysts.zh-CN.md"))
        #expect(rows.count == Indicator.all.count)
        for (row, indicator) in zip(rows, Indicator.all) {
            let stored = try (0..<9).map { try row[$0].decode(String.self) }
            let (numerator, denominator) = (indicator.numerator.rawValue, indicator.denominator.rawValue)
            #expect(
                stored == [
                    indicator.id, indicator.unit.rawValue, indicator.scope.rawValue, numerator, denominator,
                    indicator.name.zh, indicator.name.en, indicator.definition.zh, indicator.definition.en,
                ])
            let isRate = indicator.unit == .rate
            let (of, ofZH) =
                isRate
                ? ("÷ `\(denominator)`", " ÷ `\(denominator)`") : ("of `\(denominator)`", "（分母 `\(denominator)`）")
            #expect(
                english.contains("| `\(indicator.id)` | `\(numerator)` \(of) | \(indicator.definition.en) |"))
            #expect(
                chinese.contains("| `\(indicator.id)` | `\(numerator)`\(ofZH) | \(indicator.definition.zh) |"))
        }
    }

    @Test("Every table, view and function says what it means")
    func comments() throws {
        let facts = try Facts()
        let silent = try facts.session.query(
            """
            SELECT relname::text FROM pg_class
            WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('r', 'v') AND relname <> 'migration'
                AND obj_description(oid, 'pg_class') IS NULL
            UNION ALL
            SELECT proname::text FROM pg_proc
            WHERE pronamespace = 'analytics'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL
            """
        ).decode(String.self)
        #expect(silent.isEmpty, "\(silent)")
    }

    @Test("Nothing an analyst reads holds words from outside or names a post")
    func personalData() throws {
        let facts = try Facts()
        let columns = try facts.session.query(
            """
            SELECT table_name || '.' || column_name FROM information_schema.columns
            WHERE table_schema = 'analytics' AND table_name <> 'feed'
                AND column_name IN ('title', 'text', 'address', 'owner', 'finder', 'handler', 'assignee', 'by', 'contact')
            """
        ).decode(String.self)
        #expect(columns.isEmpty)
    }

    @Test("Days know holidays and shifted workdays, grids their way to the root")
    func dimensions() throws {
        let facts = try Facts()
        try facts.deliver([
            .change(
                .init(
                    steps: [
                        .init(version: 1, change: .filed, from: nil, to: .filed, at: Story.start, by: "router")
                    ], after: Story.publicCase(1, reportedAt: Story.start), report: nil)),
            .change(
                .init(
                    steps: [
                        .init(version: 1, change: .filed, from: nil, to: .filed, at: Story.start, by: "router")
                    ], after: Story.publicCase(2, reportedAt: Story.start.advanced(bySeconds: 9 * 86_400)), report: nil)
            ),
        ])
        let days = try facts.session.query("SELECT day::text, workday FROM analytics.dim_day ORDER BY day")
            .decode((String, Bool).self)
        #expect(days.count == 10)
        // A Saturday that is off, a Saturday that is worked, a Monday.
        #expect(days.filter { !$0.1 }.map(\.0) == ["2025-11-01", "2025-11-02", "2025-11-09"])
        let path = try facts.session.query("SELECT path FROM analytics.dim_grid WHERE grid = 'S-A-2'")
            .decode([String].self)
        #expect(path == [["S", "S-A", "S-A-2"]])
    }
}

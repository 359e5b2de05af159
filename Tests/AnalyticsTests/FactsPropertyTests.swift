import City
import Messages
import Postgres
import TestSupport
import Testing

@testable import Analytics

@Suite("Facts", .serialized)
struct FactsPropertyTests {
    static let november = try! Period(  // A valid period.
        from: CivilDay(year: 2025, month: 11, day: 1), to: CivilDay(year: 2025, month: 11, day: 30))
    static let today = CivilDay(year: 2025, month: 12, day: 1)

    @Test(
        "Messages in any order, repeated, in batches of any size make the same facts", arguments: [1, 2, 3] as [UInt64])
    func permutations(seed: UInt64) throws {
        let story = Story(cases: 120, seed: seed)
        let inOrder = try Facts()
        try inOrder.deliver(story.told)
        let expected = try inOrder.dump()
        #expect(inOrder.deadLetters.isEmpty)

        var random = SeededGenerator(seed: seed &* 31)
        let shuffled = try Facts()
        var messages = (story.told + story.told.filter { _ in Int.random(in: 0..<3, using: &random) == 0 })[...]
        messages.shuffle(using: &random)
        while !messages.isEmpty {
            let batch = messages.prefix(Int.random(in: 1...60, using: &random))
            messages = messages.dropFirst(batch.count)
            try shuffled.deliver(Array(batch))
        }
        #expect(try shuffled.dump() == expected, "seed \(seed)")
        #expect(try shuffled.differences().isEmpty)
        #expect(try inOrder.differences().isEmpty)
    }

    @Test("Every indicator equals its definition, for the page and for analysts", arguments: [11, 12] as [UInt64])
    func indicators(seed: UInt64) throws {
        let story = Story(cases: 300, seed: seed)
        let facts = try Facts()
        try facts.deliver(story.told)
        let model = NaiveModel(story.told)
        let oneDay = try Period(from: Self.today, to: Self.today)
        for period in [Self.november, oneDay] {
            let expected = model.counts(period)
            let overview = try facts.overview(period, today: Self.today)
            #expect(overview.total == expected, "seed \(seed)")
            let rows = try facts.session.query(
                """
                SELECT id, numerator, denominator
                FROM analytics.indicators(\(PostgresDate(period.from)), \(PostgresDate(period.to)))
                """
            ).decode((String, Int64, Int64).self)
            for (row, indicator) in zip(rows, Indicator.all) {
                #expect(row.0 == indicator.id)
                #expect(row.1 == expected[indicator.numerator], "\(row.0), seed \(seed)")
                #expect(row.2 == expected[indicator.denominator], "\(row.0), seed \(seed)")
            }
            #expect(rows.count == Indicator.all.count)
        }
        let ofToday = model.counts(oneDay)
        let overview = try facts.overview(Self.november, today: Self.today)
        for measure in Measure.daily + [.pointsPosted, .pointsResolved] {
            #expect(overview.todayTotal[measure] == ofToday[measure])
        }
    }

    @Test("Parts add up to the whole")
    func parts() throws {
        let facts = try Facts()
        try facts.deliver(Story(cases: 200, seed: 5).told)
        let overview = try facts.overview(Self.november, today: Self.today)
        for measure in Measure.daily {
            let whole = overview.total[measure]
            #expect(overview.byDay.values.map { $0[measure] }.reduce(0, +) == whole)
            #expect(overview.bySource.values.map { $0[measure] }.reduce(0, +) == whole)
            #expect(overview.byCategory.values.map { $0[measure] }.reduce(0, +) == whole)
        }
        #expect(overview.byGrid.values.map(\.reported).reduce(0, +) == overview.total[.reported])
        #expect(overview.byGrid.values.map(\.open).reduce(0, +) == overview.total[.open])
        let views = ["indicator_by_day", "indicator_by_source", "indicator_by_category"]
        for view in views {
            let sum = try facts.session.query(
                """
                SELECT sum(numerator)::bigint FROM analytics.\(identifier: view)
                WHERE id = 'disposal-rate' AND day <= '2025-11-30'
                """
            ).decode(Int64.self).first
            #expect(sum == overview.total[.handled], "\(view)")
        }
        // Each grid counts everything inside it; only cases without a grid are missing from the root.
        let root = try facts.session.query(
            """
            SELECT sum(numerator)::bigint FROM analytics.indicator_by_grid
            WHERE grid = 'S' AND id = 'reported' AND day <= '2025-11-30'
            """
        ).decode(Int64.self).first
        #expect(root == overview.total[.reported] - (overview.byGrid[nil]?.reported ?? 0))
    }

    @Test("verify finds what was changed by hand, recompute mends it")
    func verify() throws {
        let facts = try Facts()
        try facts.deliver(Story(cases: 80, seed: 9).told)
        let good = try facts.dump()
        try facts.session.execute(
            "UPDATE analytics.case_mark SET handling_mark = 3 - handling_mark WHERE case_id % 2 = 0")
        try facts.session.execute(
            "DELETE FROM analytics.case_mark WHERE case_id IN (SELECT min(case_id) FROM analytics.case_mark)")
        try facts.session.execute("UPDATE analytics.case_fact SET reported_day = reported_day - 1 WHERE case_id = 3")
        let differences = try facts.differences()
        #expect(differences.contains("3 case_fact.reported_day"))
        #expect(differences.filter { $0.hasSuffix("case_mark") }.count > 1)
        _ = try facts.session.query("SELECT analytics.recompute()")
        #expect(try facts.differences().isEmpty)
        #expect(try facts.dump() == good)
    }

    @Test("A message that is not understood is set aside; the others count")
    func deadLetters() throws {
        let facts = try Facts()
        var bad = Told.change(.init(steps: [], after: Story.publicCase(1, reportedAt: Story.start), report: nil))
            .message(offset: 1)
        let good = Story(cases: 1, seed: 1).told.map { $0.message(offset: 5) }
        try facts.deliver(messages: [bad] + good)
        bad.type = "wangge.something.else.v1"
        try facts.deliver(messages: [bad])
        #expect(facts.deadLetters == ["steps do not lead to the case", "expected type wangge.case.changed.v1"])
        #expect(try facts.session.query("SELECT count(*) FROM analytics.case_fact").decode(Int64.self) == [1])
    }
}

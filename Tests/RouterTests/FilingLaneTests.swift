import City
import Messages
import Postgres
import Testing

@testable import Router

@Suite("Filing reports")
struct FilingLaneTests {
    let router: RouterHarness

    init() async throws { router = try await RouterHarness() }

    @Test("A report becomes a case, its history, and one message that carries both")
    func one() throws {
        try router.file([Sample.report(5, condition: "C0101-1")])
        let one = try #require(try router.cases().first)
        #expect(one.id == CaseID(1_000) && one.assignee == PostCode("BG-B01"))
        let history = try router.history(one.id)
        #expect(history.map(\.version) == [1, 2] && history.map(\.change) == ["filed", "dispatched"])
        #expect(history.map(\.from) == [nil, "filed"] && history.map(\.by) == ["router", "router"])
        let told = try router.told()
        #expect(told.count == 1 && told[0].after == one && told[0].report == ReportID(5))
        #expect(told[0].steps.map(\.change) == [.filed, .dispatched])
        #expect(router.published[0].key == "1000" && router.published[0].traceparent == "00-1")
    }

    @Test("Every dispatch is explained: policy version, rule and what was looked at")
    func explained() throws {
        try router.file([
            Sample.report(1, condition: "C0101-1"), Sample.report(2, condition: "S0101-1"),
            Sample.report(3, condition: "E0401-1"), Sample.report(4),
            Sample.report(5, micro: 9, source: "patrol", finder: "GW-M009", handledAt: Sample.morning),
        ])
        let decisions = try router.session.query(
            "SELECT rule, policy_version, inputs FROM routing.decision ORDER BY case_id, version"
        ).decode((String, Int32, String).self)
        #expect(
            decisions.map(\.0) == [
                "larger-report-up", "larger-social", "major-command", "general-finder", "on-the-spot",
            ])
        #expect(decisions.allSatisfy { $0.1 == 1 })
        #expect(
            decisions[3].2
                == "condition=E0101-1 severity=general source=hotline grid=M001 role=grid-worker level=4 lead=GW-M001")
        let unexplained = try router.session.query(
            "SELECT count(*) FROM routing.history WHERE change IN ('dispatched', 'handled-on-the-spot') AND rule IS NULL"
        ).decode(Int.self)
        #expect(unexplained == [0])
    }

    // MARK: Merging

    @Test("Reports of one problem meet in one case, in one batch and across batches")
    func merging() throws {
        try router.file([Sample.report(1), Sample.report(2, north: 110), Sample.report(3, north: 200)])
        #expect(try router.cases().map(\.reports) == [2, 1])
        router.renew()
        try router.file([Sample.report(4, north: 95), Sample.report(5, north: 205), Sample.report(6, north: 205)])
        let cases = try router.cases()
        #expect(cases.map(\.reports) == [3, 3])
        #expect(
            try router.steps(cases[0].id) == [
                "filed:filed", "dispatched:dispatched", "merged:dispatched", "merged:dispatched",
            ])
        // Each report is told of exactly once, each step too.
        let told = try router.told()
        #expect(told.compactMap(\.report).map(\.value).sorted() == [1, 2, 3, 4, 5, 6])
        for one in cases {
            let versions = told.filter { $0.after.id == one.id }.flatMap { $0.steps.map(\.version) }
            #expect(versions == Array(1...one.version))
        }
        let reports = try router.session.query(
            "SELECT report_id FROM routing.history WHERE report_id IS NOT NULL ORDER BY 1"
        )
        .decode(Int64.self)
        #expect(reports == [1, 2, 3, 4, 5, 6])
    }

    @Test("What a report joins does not depend on how the reports were cut into batches", arguments: [1, 2, 3, 7, 40])
    func batching(size: Int) throws {
        // Along a border between two communities, too near for the radius to tell them apart.
        let reports = (0..<40).map { index -> ReportAccepted in
            var report = Sample.report(Int64(index + 1), micro: index % 2 == 0 ? 9 : 10)
            report.place = Coordinate(
                longitude: index % 2 == 0 ? 104.00899 : 104.00901, latitude: 30.005 + Double(index / 8) * 0.0005)
            return report
        }
        for start in stride(from: 0, to: reports.count, by: size) {
            try router.file(Array(reports[start..<min(reports.count, start + size)]))
        }
        #expect(try router.cases().map(\.reports) == Array(repeating: 4, count: 10))
        #expect(try Set(router.cases().compactMap { $0.grid }) == [GridCode("M009"), GridCode("M010")])
    }

    @Test("Another report of a problem already handled on the spot opens a case of its own")
    func afterOnTheSpot() throws {
        let spot = Sample.report(1, source: "patrol", finder: "GW-M001", handledAt: Sample.morning)
        try router.file([spot, Sample.report(2)])
        #expect(try router.cases().map(\.state) == [.closed, .dispatched])
    }

    @Test("A report that says it is handled ends the work on the case it joins")
    func joinedHandled() throws {
        try router.file([Sample.report(1)])
        try router.file([Sample.report(2, source: "patrol", finder: "GW-M001", handledAt: Sample.morning)])
        let one = try #require(try router.cases().first)
        #expect(one.state == .handled && one.handler == PostCode("GW-M001") && one.assignee == PostCode("CK-C01"))
        #expect(try router.cases().count == 1)
        // It stands on the checker's worklist now, not on the worker's.
        let worklist = try CaseReading.worklist(
            PostCode("CK-C01"), after: CaseID(0), limit: 10, session: router.session)
        #expect(worklist.count == 1)
        #expect(
            try CaseReading.worklist(PostCode("GW-M001"), after: CaseID(0), limit: 10, session: router.session).isEmpty)
    }

    // MARK: Repeats and faults

    @Test("A report that comes again changes nothing, in the same batch or later")
    func repeated() throws {
        let (first, second) = (Sample.report(1), Sample.report(2, north: 110))
        try router.file([first, first, second, first])
        let before = try router.cases()
        #expect(before.map(\.reports) == [2])
        router.renew()
        try router.file([second, first])
        #expect(try router.cases() == before)
        #expect(try router.count("routing.history") == 3)
        #expect(try router.told().count == 2 && router.deadLetters.isEmpty)
    }

    @Test("What cannot be filed is set aside with the reason, and the rest is filed")
    func poison() throws {
        try router.file(messages: [
            router.message(Array("{\"id\":1}".utf8), on: .reports, type: ReportAccepted.type),
            router.message(Sample.report(2, condition: "X9"), on: .reports),
            router.message(Sample.report(3), on: .reports),
            router.message([], on: .reports, type: "wangge.report.accepted.v9"),
        ])
        #expect(
            router.deadLetters == [
                "trackingNumber is missing", "expected type wangge.report.accepted.v1",
                "the catalogue has no condition of that code",
            ])
        #expect(try router.cases().map(\.reports) == [1])
    }

    @Test("Numbers are never given twice, across handlers and failures")
    func numbers() throws {
        for round in 0..<5 {
            router.renew()
            try router.file(
                (0..<30).map { Sample.report(Int64(round * 100 + $0 + 1), micro: $0 + 1, north: Double(round) * 150) })
        }
        let ids = try router.cases().map(\.id)
        #expect(Set(ids).count == 150)
    }

    // MARK: Manual desk

    @Test("Reports without a place wait at the manual desk, each for itself, until somebody locates them")
    func manualDesk() throws {
        try router.file([Sample.report(1, micro: nil), Sample.report(2, micro: nil), Sample.report(3)])
        func desk() throws -> [PublicCase] {
            try CaseReading.manualDesk(after: CaseID(0), limit: 10, session: router.session).map {
                try PublicCase(json: JSONDocument($0).root)
            }
        }
        #expect(try desk().map(\.state) == [.reported, .reported])
        let waiting = try desk()[0]
        let dispatcher = Sample.actor("DP1", roles: ["dispatcher"], in: "R")
        try router.act([CaseRequest(waiting.id, .locate(grid: GridCode("M030")), by: dispatcher)])
        #expect(try desk().count == 1)
        let row = try router.session.query(
            "SELECT grid, community, assignee FROM routing.\"case\" WHERE id = \(waiting.id.value)"
        ).decode((String?, String?, String?).self)[0]
        #expect(row == ("M030", "C04", "GW-M030"))
        #expect(try CaseReading.manualDesk(after: waiting.id, limit: 10, session: router.session).count == 1)
    }

    // MARK: History

    @Test("History is never changed, by nobody")
    func appendOnly() throws {
        try router.file([Sample.report(1)])
        let statements = [
            "UPDATE routing.history SET reason = 'x'", "DELETE FROM routing.history WHERE version = 2",
            "TRUNCATE routing.history",
        ]
        for statement in statements {
            do {
                _ = try router.session.execute("\(unescaped: statement)")
                Issue.record("\(statement) went through")
            } catch {
                #expect(error.sqlState == "23001")
            }
        }
        #expect(try router.count("routing.history") == 2)
    }
}

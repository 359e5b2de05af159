import City
import Messages
import Testing

@testable import Router

@Suite("Filing")
struct FilingTests {
    let city: City
    let filing: Filing
    private let now = Sample.morning.advanced(bySeconds: 30)

    init() throws {
        city = try StreetCity.make()
        filing = Filing(city: city)
    }

    private func open(_ report: ReportAccepted) throws -> WorkingCase {
        try filing.open(report, id: CaseID(1_000), now: now)
    }

    private func changes(_ work: WorkingCase) -> [String] {
        work.steps.map { "\($0.step.change.rawValue):\($0.step.to.rawValue)" }
    }

    @Test("A report becomes a case with a number, dispatched to whom the policy names")
    func dispatched() throws {
        let work = try open(Sample.report(5, condition: "C0101-1"))
        #expect(changes(work) == ["filed:filed", "dispatched:dispatched"])
        let one = work.now
        #expect(
            one.number == "SMP-20251103-1000" && one.version == 2 && one.state == .dispatched && one.path == .reportUp)
        #expect(one.assignee == PostCode("BG-B01") && one.severity == .larger && one.category == CategoryCode("C0101"))
        #expect(one.reportedAt == Sample.morning && one.filedAt == now && one.dispatchedAt == now && one.reports == 1)
        #expect(one.place != nil && one.policyVersion == 1 && !one.onTheSpot && one.acceptedAt == nil)
        #expect(work.steps[0].report == ReportID(5) && work.steps[1].report == nil)
        #expect(work.steps[1].decision?.rule == "larger-report-up" && work.steps[1].step.reason == "to BG-B01")
        #expect(work.steps.allSatisfy { $0.step.by == "router" && $0.step.at == now })
    }

    @Test(
        "The three paths",
        arguments: [
            ("E0101-1", Policy.Path.finder, "GW-M001", ["filed", "dispatched"]),
            ("C0101-1", .reportUp, "BG-B01", ["filed", "dispatched"]),
            ("E0401-1", .command, "CMD", ["filed", "dispatched", "commanded"]),
        ])
    func paths(condition: String, path: Policy.Path, lead: String, changes: [String]) throws {
        let work = try open(Sample.report(5, condition: condition))
        #expect(work.now.path == path && work.now.assignee == PostCode(lead))
        #expect(work.steps.map(\.step.change.rawValue) == changes)
    }

    @Test("A report without a place waits at the manual desk with the reason")
    func unlocated() throws {
        let work = try open(Sample.report(5, micro: nil))
        #expect(changes(work) == ["received:reported"])
        #expect(work.steps[0].step.reason == "no-coordinates" && work.steps[0].report == ReportID(5))
        #expect(work.now.grid == nil && work.now.assignee == nil)
    }

    @Test("A case nobody can take stays filed and waits for a dispatcher")
    func nobody() throws {
        let vacant = try StreetCity.make { $0.posts.removeAll { $0.role == "brigade-commander" } }
        let work = try Filing(city: vacant).open(Sample.report(5, condition: "E0401-1"), id: CaseID(1), now: now)
        #expect(changes(work) == ["filed:filed"] && work.now.assignee == nil && work.now.path == .command)
    }

    @Test("Handled on the spot: filed, handled and closed in one step, counted as such, by the finder")
    func onTheSpot() throws {
        let handledAt = Sample.morning.advanced(bySeconds: 20)
        let report = Sample.report(5, condition: "C0101-2", source: "patrol", finder: "GW-M001", handledAt: handledAt)
        let work = try open(report)
        #expect(changes(work) == ["filed:filed", "handled-on-the-spot:handled", "closed:closed"])
        let one = work.now
        #expect(one.onTheSpot && one.handler == PostCode("GW-M001") && one.finder == PostCode("GW-M001"))
        #expect(one.assignee == nil && one.handledAt == now && one.closedAt == now && one.dispatchedAt == nil)
        #expect(work.steps[1].step.by == "GW-M001" && work.steps[1].decision?.rule == "on-the-spot")
    }

    @Test("Where the policy wants a check, a case handled on the spot goes to the checker of its community")
    func onTheSpotChecked() throws {
        let strict = Filing(city: try StreetCity.make { $0.policy.closeOnTheSpotAtOnce = false })
        for (micro, checker) in [(1, "CK-C01"), (150, "CK")] {
            let report = Sample.report(5, micro: micro, source: "patrol", finder: "GW-M001", handledAt: Sample.morning)
            let work = try strict.open(report, id: CaseID(1), now: now)
            #expect(changes(work) == ["filed:filed", "handled-on-the-spot:handled"])
            #expect(work.now.assignee == PostCode(checker))
        }
    }

    @Test("A case never begins before its report, nor before it was handled")
    func times() throws {
        let late = now.advanced(bySeconds: 300)
        #expect(try open(Sample.report(5, at: late)).now.filedAt == late)
        let handledAt = now.advanced(bySeconds: 500)
        let report = Sample.report(5, source: "patrol", finder: "GW-M001", handledAt: handledAt)
        #expect(try open(report).now.handledAt == handledAt)
    }

    @Test("The number carries the local day")
    func number() throws {
        let work = try filing.open(
            Sample.report(5, at: local("2026-01-05 00:30")), id: CaseID(42), now: local("2026-01-05 00:30"))
        #expect(work.now.number == "SMP-20260105-42")
    }

    @Test("A condition the catalogue lacks cannot be filed")
    func unknownCondition() {
        #expect(throws: MessageFault(reason: "the catalogue has no condition of that code")) {
            try open(Sample.report(5, condition: "X"))
        }
    }

    // MARK: Joining

    @Test("A report joins: both sides know it, and nothing else changes")
    func join() throws {
        var work = try open(Sample.report(5))
        let later = now.advanced(bySeconds: 60)
        try filing.join(Sample.report(6), to: &work, now: later)
        #expect(work.now.reports == 2 && work.now.state == .dispatched && work.now.assignee == PostCode("GW-M001"))
        let last = try #require(work.steps.last)
        #expect(last.report == ReportID(6) && last.step.reason == "report SMP-6" && last.step.at == later)
        // A clock that stands behind the case's last step does not turn it back.
        try filing.join(Sample.report(7), to: &work, now: now)
        #expect(work.changedAt == later)
    }

    @Test("Whoever reports it as handled has solved it: it goes to the checker, whoever it was with")
    func joinHandled() throws {
        let report = Sample.report(6, source: "patrol", finder: "GL-M001", handledAt: now.advanced(bySeconds: 90))
        for state in [CaseState.dispatched, .accepted, .handling] {
            var work = Sample.working(state)
            try filing.join(report, to: &work, now: now)
            #expect(work.now.state == .handled && work.now.handler == PostCode("GL-M001"))
            #expect(work.now.assignee == PostCode("CK-C01") && work.now.handledAt == now.advanced(bySeconds: 90))
            #expect(!work.now.onTheSpot)
        }
        for state in [CaseState.reported, .filed, .returned, .handled] {
            var work = Sample.working(state)
            try filing.join(report, to: &work, now: now)
            #expect(work.now.state == state && work.now.handler == nil && work.now.reports == 2)
        }
    }
}

import City
import Messages
import TestSupport
import Testing

@testable import Router

@Suite("Taking steps")
struct WorkingCaseTests {
    private let start = Sample.morning

    private func new() throws -> WorkingCase {
        try WorkingCase(
            beginning: Sample.publicCase(.reported), change: .filed, at: start, by: "router", reason: nil,
            report: ReportID(1))
    }

    @Test("A case begins with version 1, whatever its draft says")
    func beginning() throws {
        let work = try new()
        #expect(work.now.version == 1 && work.now.state == .filed && work.isNew && work.changedAt == start)
        #expect(work.steps.map(\.step.from) == [nil] && work.steps[0].report == ReportID(1))
        #expect(throws: CaseRefusal(.notNow)) {
            _ = try WorkingCase(
                beginning: Sample.publicCase(.reported), change: .accepted, at: start, by: "router", reason: nil,
                report: ReportID(1))
        }
    }

    @Test("Each step notes what it changes")
    func notes() throws {
        func at(_ minutes: Int64) -> Timestamp { start.advanced(bySeconds: minutes * 60) }
        var work = try new()
        try work.take(.dispatched, at: at(1), by: "router")
        try work.take(.accepted, at: at(2), by: "w")
        #expect(work.now.dispatchedAt == at(1) && work.now.acceptedAt == at(2))
        try work.take(.started, at: at(3), by: "w")
        try work.take(.returned, at: at(4), by: "w", reason: "not ours")
        #expect(work.now.returns == 1)
        try work.take(.dispatched, at: at(5), by: "d")
        // Another dispatch: nobody has accepted it yet.
        #expect(work.now.dispatchedAt == at(5) && work.now.acceptedAt == nil)
        try work.take(.merged, at: at(6), by: "router", report: ReportID(2))
        try work.take(.escalated, at: at(7), by: "router")
        try work.take(.handled, at: at(8), by: "w")
        #expect(work.now.reports == 2 && work.now.escalations == 1 && work.now.handledAt == at(8))
        try work.take(.reopened, at: at(9), by: "c")
        #expect(work.now.reworks == 1 && work.now.handledAt == nil && work.now.acceptedAt == at(9))
        try work.take(.handled, at: at(10), by: "w")
        work.reassign(PostCode("CK"))
        try work.take(.closed, at: at(11), by: "CK")
        #expect(work.now.closedAt == at(11) && work.now.assignee == nil && work.now.version == 12)
        let message = try #require(work.message)
        #expect(
            message.steps.map(\.version) == Array(1...12) && message.after == work.now && message.report == ReportID(1))
    }

    @Test("A refused step changes nothing")
    func refused() throws {
        var work = try new()
        let before = work.now
        #expect(throws: CaseRefusal(.notNow, state: .filed)) { try work.take(.closed, at: start, by: "x") }
        #expect(throws: CaseRefusal(.beforeLastStep, state: .filed)) {
            try work.take(.dispatched, at: start.advanced(bySeconds: -1), by: "x")
        }
        #expect(work.now == before && work.steps.count == 1)
        // The same moment is not before it.
        try work.take(.dispatched, at: start, by: "x")
    }

    @Test("A stored case goes on from its version and says nothing until it changes")
    func stored() throws {
        var work = Sample.working(.dispatched)
        #expect(work.message == nil && !work.isNew)
        try work.take(.accepted, at: start, by: "w")
        #expect(work.steps.map(\.step.version) == [6] && !work.isNew)
    }

    @Test("Random steps: versions without gap, each from the state before, as the table says")
    func random() throws {
        let seed = freshSeed("steps")
        var random = SeededGenerator(seed: seed)
        for round in 0..<2_000 {
            var work = try new()
            var at = start
            for _ in 0..<20 {
                let change = CaseChange.allCases[Int.random(in: 0..<CaseChange.allCases.count, using: &random)]
                at = at.advanced(bySeconds: Int64.random(in: -1...5, using: &random))
                let (state, version) = (work.now.state, work.now.version)
                let next = at >= work.changedAt ? CaseTable.next(after: state, change: change) : nil
                do {
                    try work.take(change, at: at, by: "x")
                    #expect(work.now.state == next && work.now.version == version + 1, "seed \(seed), round \(round)")
                } catch {
                    #expect(
                        next == nil && work.now.state == state && work.now.version == version,
                        "seed \(seed), round \(round)")
                }
            }
            #expect(work.steps.map(\.step.version) == Array(1...work.now.version), "seed \(seed), round \(round)")
            for (before, after) in zip(work.steps, work.steps.dropFirst()) {
                #expect(
                    after.step.from == before.step.to && after.step.at >= before.step.at, "seed \(seed), round \(round)"
                )
            }
        }
    }

    // MARK: Messages

    @Test("Each report is told of in one message, and all steps are told once, in order")
    func messages() throws {
        var work = try new()
        try work.take(.dispatched, at: start, by: "router")
        try work.take(.merged, at: start, by: "router", report: ReportID(2))
        try work.take(.merged, at: start, by: "router", report: ReportID(3))
        try work.take(.handled, at: start, by: "w")
        let traces: [ReportID: String?] = [ReportID(1): "t1", ReportID(2): nil, ReportID(3): "t3"]
        let messages = CaseMessages.of(work, traces: traces, now: start)
        let bodies = try messages.map { try CaseChanged(json: JSONDocument($0.payload).root) }
        #expect(bodies.map(\.report) == [ReportID(1), ReportID(2), ReportID(3)])
        #expect(bodies.map { $0.steps.map(\.version) } == [[1, 2], [3], [4, 5]])
        #expect(
            bodies.map(\.after.version) == [2, 3, 5]
                && bodies.map(\.after.state) == [.dispatched, .dispatched, .handled])
        #expect(messages.map(\.traceparent) == ["t1", nil, "t3"])
        #expect(messages.allSatisfy { $0.topic == .cases && $0.key == "7" && $0.subject == "7" && $0.time == start })
        #expect(CaseMessages.of(Sample.working(.filed), now: start).isEmpty)
    }
}

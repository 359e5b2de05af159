import City
import Messages
import Testing

@testable import Router

@Suite("Raising breached cases")
struct EscalationLaneTests {
    let router: RouterHarness
    private let id = CaseID(1_000)

    init() async throws {
        router = try await RouterHarness()
        try router.file([Sample.report(1), Sample.report(2, micro: 20)])
        router.now = Sample.morning.advanced(bySeconds: 900)
    }

    private func fired(
        _ kind: ClockFired.Kind, _ mark: ClockFired.Mark = .breach, on id: CaseID = CaseID(1_000)
    ) -> ClockFired {
        ClockFired(
            caseID: id, kind: kind, version: 2, mark: mark, startedAt: Sample.morning, deadline: router.now,
            provisional: false, firedAt: router.now, grid: GridCode("M001"))
    }

    @Test("A breach raises the case one level: on record, published, and the leader is brought in")
    func breach() throws {
        let before = router.published.count
        try router.breach([fired(.accept)])
        let one = try router.cases()[0]
        #expect(one.escalations == 1 && one.assisting == [PostCode("CL-C01")])
        #expect(one.state == .dispatched && one.assignee == PostCode("GW-M001"))
        let step = try #require(try router.history(id).last)
        #expect(step.change == "escalated" && step.by == "router" && step.at == router.now)
        let told = try router.told().dropFirst(before)
        #expect(told.map(\.after) == [one] && told.map(\.report) == [nil])
    }

    @Test("Warnings raise nothing")
    func warnings() throws {
        try router.breach([fired(.accept, .yellow), fired(.accept, .red)])
        #expect(try router.cases()[0].escalations == 0 && router.deadLetters.isEmpty)
    }

    @Test("A breach of a stage that has ended raises nothing and is no fault")
    func ended() throws {
        try router.breach([fired(.dispatch), fired(.handling), fired(.check)])
        #expect(try router.cases()[0].escalations == 0 && router.deadLetters.isEmpty)
        let dispatcher = Sample.actor("DP1", roles: ["dispatcher"], in: "R")
        try router.act([CaseRequest(id, .void(reason: "test"), by: dispatcher)])
        try router.breach([fired(.accept)])
        #expect(try router.cases()[0].escalations == 0 && router.deadLetters.isEmpty)
    }

    @Test("Several breaches of a batch are each taken, in order; unknown cases are set aside")
    func batch() throws {
        try router.breach([
            fired(.accept), fired(.accept, on: CaseID(5)), fired(.accept, on: CaseID(1_001)), fired(.accept),
        ])
        #expect(try router.cases().map(\.escalations) == [2, 1])
        #expect(try router.cases()[0].assisting == [PostCode("CL-C01"), PostCode("BL-B01")])
        #expect(router.deadLetters == ["there is no such case"])
        #expect(try router.history(id).map(\.version) == [1, 2, 3, 4])
    }

    @Test("A breach from before the case's last step is taken at that step's moment")
    func late() throws {
        try router.act([CaseRequest(id, .accept, by: Sample.actor("GW-M001"))])
        let accepted = router.now
        router.now = Sample.morning
        try router.breach([fired(.handling)])
        #expect(try router.history(id).last?.at == accepted)
    }
}

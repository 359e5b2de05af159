import City
import Messages
import Testing

@testable import Router

@Suite("Breached clocks")
struct EscalationTests {
    let city: City

    init() throws { city = try StreetCity.make() }

    @Test("A breach concerns a case only while it is in the stage the clock measured")
    func concerns() {
        let stages: [ClockFired.Kind: Set<CaseState>] = [
            .dispatch: [.filed, .returned], .accept: [.dispatched], .handling: [.accepted, .handling],
            .check: [.handled],
        ]
        for kind in ClockFired.Kind.allCases {
            for state in CaseState.allCases {
                #expect(
                    Escalation.stillConcerns(state, kind: kind) == (stages[kind]?.contains(state) == true),
                    "\(kind) \(state)")
            }
        }
    }

    @Test("Each breach brings in the leader one level above the last")
    func levels() throws {
        var work = Sample.working(.accepted)
        let at = Sample.morning.advanced(bySeconds: 60)
        for (round, leader) in ["CL-C01", "BL-B01", "SL"].enumerated() {
            try Escalation.raise(&work, kind: .handling, at: at, city: city)
            #expect(work.now.escalations == round + 1 && work.now.assisting.last == PostCode(leader))
            #expect(work.steps.last?.step.reason == "handling clock breached, to \(leader)")
            #expect(work.steps.last?.step.by == "router")
        }
        // Above the root there is nobody; it stays on record.
        try Escalation.raise(&work, kind: .handling, at: at, city: city)
        #expect(work.now.escalations == 4 && work.now.assisting.count == 4)
        #expect(work.steps.last?.step.reason == "handling clock breached, to R")
        #expect(work.now.assignee == PostCode("GW-M001") && work.now.state == .accepted)
    }

    @Test("A level without a leader is passed over; who has the case does not assist himself")
    func vacant() throws {
        let vacant = try StreetCity.make { $0.posts.removeAll { $0.code == PostCode("CL-C01") } }
        var work = Sample.working(.accepted)
        try Escalation.raise(&work, kind: .accept, at: Sample.morning, city: vacant)
        #expect(work.now.assisting == [PostCode("GL-M001"), PostCode("BL-B01")])
        var own = Sample.working(.accepted)
        own.reassign(PostCode("CL-C01"))
        try Escalation.raise(&own, kind: .accept, at: Sample.morning, city: city)
        #expect(own.now.assisting == [PostCode("GL-M001")] && own.now.escalations == 1)
    }

    @Test("A case that has ended is not raised")
    func ended() {
        var work = Sample.working(.closed)
        #expect(throws: CaseRefusal(.notNow, state: .closed)) {
            try Escalation.raise(&work, kind: .check, at: Sample.morning, city: city)
        }
    }
}

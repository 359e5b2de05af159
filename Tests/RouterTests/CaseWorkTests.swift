import City
import Messages
import Testing

@testable import Router

@Suite("What people do to cases")
struct CaseWorkTests {
    let city: City
    private let at = Sample.morning.advanced(bySeconds: 60)
    private let worker = Sample.actor("GW-M001", in: "M001")
    private let dispatcher = Sample.actor("DP1", roles: ["dispatcher"], in: "R")
    private let checker = Sample.actor("CK-C01", roles: ["closing-checker"], in: "C01")

    init() throws { city = try StreetCity.make() }

    private func applied(
        _ action: CaseAction, by actor: Actor, to work: WorkingCase, at: Timestamp? = nil
    ) throws(CaseRefusal) -> WorkingCase {
        var work = work
        try CaseWork(city: city).apply(action, by: actor, at: at ?? self.at, now: self.at, to: &work)
        return work
    }

    @Test("A case's usual life, from dispatch to its end")
    func life() throws {
        var work = Sample.working(.dispatched)
        work = try applied(.accept, by: worker, to: work)
        work = try applied(.start, by: worker, to: work)
        work = try applied(.handle(note: "swept", evidence: ["a.jpg", "b.jpg"]), by: worker, to: work)
        #expect(work.now.handler == PostCode("GW-M001") && work.now.assignee == PostCode("CK-C01"))
        #expect(work.steps.last?.step.reason == "swept a.jpg b.jpg")
        work = try applied(.check(passed: false, reason: "still dirty"), by: checker, to: work)
        // Rework goes back to the same hands.
        #expect(work.now.state == .accepted && work.now.assignee == PostCode("GW-M001") && work.now.reworks == 1)
        work = try applied(.handle(note: "", evidence: []), by: worker, to: work)
        #expect(work.steps.last?.step.reason == nil)
        work = try applied(.check(passed: true, reason: nil), by: checker, to: work)
        #expect(work.now.state == .closed && work.now.assignee == nil && work.now.handler == PostCode("GW-M001"))
        #expect(work.steps.map(\.step.by) == ["GW-M001", "GW-M001", "GW-M001", "CK-C01", "GW-M001", "CK-C01"])
    }

    @Test("A return empties the hands: who distributes decides anew, by hand and explained")
    func sendBack() throws {
        var work = try applied(.sendBack(reason: "private ground"), by: worker, to: Sample.working(.accepted))
        #expect(work.now.state == .returned && work.now.assignee == nil && work.now.returns == 1)
        work = try applied(.dispatch(to: PostCode("BG-B01"), reason: "squad"), by: dispatcher, to: work)
        #expect(work.now.assignee == PostCode("BG-B01") && work.now.state == .dispatched)
        let step = try #require(work.steps.last)
        #expect(step.decision == Decision(policyVersion: 1, rule: "manual", inputs: "dispatcher=DP1 lead=BG-B01"))
        #expect(step.step.by == "DP1" && step.step.reason == "squad")
    }

    @Test("The manual desk says where it is, and the case goes the way it would have gone")
    func locate() throws {
        let work = try applied(.locate(grid: GridCode("M150")), by: dispatcher, to: Sample.working(.reported))
        #expect(work.steps.map(\.step.change) == [.located, .dispatched])
        #expect(work.now.grid == GridCode("M150") && work.now.assignee == PostCode("GW-M150"))
        #expect(work.steps[0].step.reason == "in M150" && work.steps[1].decision?.rule == "general-finder")
        #expect(throws: CaseRefusal(.unknownGrid, state: .reported)) {
            try applied(.locate(grid: GridCode("M999")), by: dispatcher, to: Sample.working(.reported))
        }
    }

    @Test("A command that was located goes to every node")
    func locateCommand() throws {
        let stored = Sample.publicCase(.reported, condition: "E0401-1")
        let work = try applied(
            .locate(grid: GridCode("M150")), by: dispatcher, to: WorkingCase(stored: stored, changedAt: Sample.morning))
        #expect(work.steps.map(\.step.change) == [.located, .dispatched, .commanded] && work.now.path == .command)
    }

    @Test("Where the catalogue wants evidence, nothing is handled without")
    func evidence() throws {
        let work = WorkingCase(stored: Sample.publicCase(.handling, condition: "C0101-2"), changedAt: Sample.morning)
        #expect(throws: CaseRefusal(.evidenceMissing, state: .handling)) {
            try applied(.handle(note: "done", evidence: []), by: worker, to: work)
        }
        #expect(try applied(.handle(note: "", evidence: ["a.jpg"]), by: worker, to: work).now.state == .handled)
    }

    @Test("Decisions against somebody's work or report need a reason that says something")
    func reasons() {
        let asking: [(CaseState, Actor, (String) -> CaseAction)] = [
            (.accepted, worker, { .sendBack(reason: $0) }), (.filed, dispatcher, { .decline(reason: $0) }),
            (.filed, dispatcher, { .void(reason: $0) }),
            (.filed, dispatcher, { .dispatch(to: PostCode("BG-B01"), reason: $0) }),
            (.handled, checker, { .check(passed: false, reason: $0) }),
        ]
        for (state, actor, action) in asking {
            for reason in ["", "  ", "\n\t"] {
                #expect(throws: CaseRefusal(.reasonMissing, state: state)) {
                    try applied(action(reason), by: actor, to: Sample.working(state))
                }
            }
            #expect(throws: Never.self) { try applied(action("因为"), by: actor, to: Sample.working(state)) }
        }
        #expect(throws: CaseRefusal(.reasonMissing, state: .handled)) {
            try applied(.check(passed: false, reason: nil), by: checker, to: Sample.working(.handled))
        }
    }

    @Test("A post the city does not have cannot be given a case")
    func unknownPost() {
        #expect(throws: CaseRefusal(.unknownPost, state: .filed)) {
            try applied(.dispatch(to: PostCode("X"), reason: "r"), by: dispatcher, to: Sample.working(.filed))
        }
    }

    @Test("An action may lie a minute ahead, for clocks differ, and never before the last step")
    func times() throws {
        let work = Sample.working(.dispatched)
        #expect(throws: Never.self) { try applied(.accept, by: worker, to: work, at: at.advanced(bySeconds: 60)) }
        #expect(throws: CaseRefusal(.inFuture, state: .dispatched)) {
            try applied(.accept, by: worker, to: work, at: at.advanced(bySeconds: 61))
        }
        #expect(throws: Never.self) { try applied(.accept, by: worker, to: work, at: Sample.morning) }
        #expect(throws: CaseRefusal(.beforeLastStep, state: .dispatched)) {
            try applied(.accept, by: worker, to: work, at: Sample.morning.advanced(bySeconds: -1))
        }
    }

    @Test("Nobody checks his own work, whatever his roles")
    func ownWork() {
        let both = Sample.actor("GW-M001", roles: ["closing-checker", "dispatcher"], in: "R")
        #expect(throws: CaseRefusal(.notYours, state: .handled)) {
            try applied(.check(passed: true, reason: nil), by: both, to: Sample.working(.handled, handler: "GW-M001"))
        }
    }

    @Test("Every action has a slug of its own, and makes the step its name says")
    func slugs() {
        let actions = CaseWorkPowersTests.actions
        #expect(Set(actions.map(\.slug)).count == 10)
        #expect(
            actions.map { $0.change?.rawValue ?? "-" } == [
                "accepted", "started", "returned", "handled", "closed", "reopened", "dispatched", "declined", "voided",
                "located",
                "-", "-",
            ])
    }
}

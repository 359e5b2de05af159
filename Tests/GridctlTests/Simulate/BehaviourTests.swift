import City
import Messages
import Testing

@testable import Gridctl

/// What people do next about a case.
@Suite struct BehaviourTests {
    private let city = SimulatedCity.city
    private let behaviour = Behaviour(city: SimulatedCity.city)
    private let start = SimulatedCity.plan.begin.advanced(bySeconds: 3 * 86_400 + 9 * 3_600)

    private func matter(percent: Int = 40, isStray: Bool = false, _ change: (inout Matter.Tempo) -> Void = { _ in })
        -> Matter
    {
        let model = SimulatedCity.plan.matters.first { !$0.isOnTheSpot && $0.locating == .coordinates && !$0.isEchoed }!
        var tempo = model.tempo
        tempo.acceptSeconds = 200
        tempo.reportsStart = false
        tempo.handlePercent = percent
        tempo.handleJitterSeconds = 0
        tempo.checkSeconds = 300
        tempo.isReturnedFirst = false
        tempo.failsFirstCheck = false
        change(&tempo)
        return Matter(
            number: model.number, source: model.source, condition: ConditionCode("E0101-1"), grid: model.grid,
            place: model.place,
            address: model.address, locating: .coordinates, occurredAt: start, finder: nil, handledAt: nil,
            isEchoed: false, isStray: isStray, tempo: tempo)
    }

    private func publicCase(_ state: CaseState, of matter: Matter) -> PublicCase {
        PublicCase(
            id: CaseID(1), number: "XHG-20251104-1", version: 2, state: state, source: matter.source,
            condition: matter.condition, category: CategoryCode("E0101"), severity: .general, path: .finder, title: "",
            grid: matter.grid,
            place: matter.place, assignee: city.posts(in: matter.grid).first?.code, finder: nil, handler: nil,
            assisting: [], onTheSpot: false, reports: 1, returns: 0, reworks: 0, escalations: 0, reportedAt: start,
            filedAt: start, dispatchedAt: start, acceptedAt: start, handledAt: start, closedAt: nil, policyVersion: 1)
    }

    @Test func `A dispatched case is accepted before the first warning`() throws {
        let matter = matter()
        let step = try #require(behaviour.next(publicCase(.dispatched, of: matter), of: matter, now: start))
        #expect(step.action == .accept)
        #expect(step.window.opens == start.advanced(bySeconds: 200))
        // Half of a quarter of an hour, less a second.
        #expect(step.window.closes == start.advanced(bySeconds: 449))
    }

    @Test(arguments: [(40, 50), (60, 80), (90, 100)]) func `Handling passes the marks it was meant to pass`(
        percent: Int, nextMark: Int
    ) throws {
        let matter = matter(percent: percent)
        let step = try #require(behaviour.next(publicCase(.accepted, of: matter), of: matter, now: start))
        let limit = try #require(city.condition(matter.condition)).limit
        #expect(step.window.opens == city.calendar.moment(from: start, limit: limit, percent: percent).at)
        #expect(step.window.closes < city.calendar.moment(from: start, limit: limit, percent: nextMark).at)
        guard case .handle(_, let evidence) = step.action else {
            Issue.record("expected handling, not \(step.action)")
            return
        }
        #expect(!evidence.isEmpty)
    }

    @Test func `A late one is handled after its deadline`() throws {
        let matter = matter(percent: 120)
        let step = try #require(behaviour.next(publicCase(.handling, of: matter), of: matter, now: start))
        let limit = try #require(city.condition(matter.condition)).limit
        #expect(step.window.opens > city.calendar.deadline(from: start, limit: limit).at)
    }

    @Test func `One that is sent back is dispatched to whoever leads the grid`() throws {
        let matter = matter { $0.isReturnedFirst = true }
        let first = try #require(behaviour.next(publicCase(.dispatched, of: matter), of: matter, now: start))
        guard case .sendBack = first.action else {
            Issue.record("expected a return, not \(first.action)")
            return
        }
        var returned = publicCase(.returned, of: matter)
        returned.returns = 1
        returned.assignee = nil
        let second = try #require(behaviour.next(returned, of: matter, now: start))
        #expect(city.post(second.post)?.role == "dispatcher")
        guard case .dispatch(let lead, _) = second.action else {
            Issue.record("expected a dispatch, not \(second.action)")
            return
        }
        #expect(city.post(lead)?.role == "grid-leader")
        var again = publicCase(.dispatched, of: matter)
        again.returns = 1
        #expect(behaviour.next(again, of: matter, now: start)?.action == .accept)
    }

    @Test func `A check fails once at most, and never by whoever handled it`() throws {
        let matter = matter { $0.failsFirstCheck = true }
        var handled = publicCase(.handled, of: matter)
        handled.handler = handled.assignee
        let first = try #require(behaviour.next(handled, of: matter, now: start))
        guard case .check(let passed, let reason) = first.action else {
            Issue.record("expected a check, not \(first.action)")
            return
        }
        #expect(!passed && reason != nil)
        #expect(city.post(first.post)?.role == "closing-checker")
        handled.reworks = 1
        #expect(behaviour.next(handled, of: matter, now: start)?.action == .check(passed: true, reason: nil))
    }

    @Test func `The manual desk locates, and declines what is none of its business`() {
        let known = matter()
        #expect(
            behaviour.next(publicCase(.reported, of: known), of: known, now: start)?.action == .locate(grid: known.grid)
        )
        let stray = matter(isStray: true)
        guard case .decline = behaviour.next(publicCase(.reported, of: stray), of: stray, now: start)?.action else {
            Issue.record("expected it to be declined")
            return
        }
    }

    @Test(arguments: [CaseState.closed, .declined, .void]) func `Nothing is done about a case that is over`(
        state: CaseState
    ) {
        let matter = matter()
        #expect(behaviour.next(publicCase(state, of: matter), of: matter, now: start) == nil)
    }

    @Test func `Every node of a command has somebody who confirms it`() {
        for unit in city.profile.units { #expect(behaviour.post(ofNode: unit.code.rawValue) != nil, "\(unit.code)") }
    }
}

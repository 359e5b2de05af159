import City
import Messages
import Testing

@testable import SLAWatcher

@Suite("What changes of a case do to its clocks")
struct ClockRulesTests {
    private let city: City
    private let start = local("2026-06-03 09:00")

    init() throws { city = try SampleCity.make() }

    /// Applies messages in order and gathers what they did.
    private func run(_ changes: [CaseChanged], from known: CaseClocks? = nil) -> ClockRules.Effects {
        var all = ClockRules.Effects(state: known)
        for change in changes {
            guard let effects = ClockRules.apply(change, to: all.state, city: city) else { continue }
            all.state = effects.state
            all.passed += effects.passed
            all.outcomes += effects.outcomes
        }
        return all
    }

    private func summary(_ effects: ClockRules.Effects) -> [String] {
        effects.outcomes.map {
            "\($0.kind.rawValue) \($0.completed ? "done" : "broken off") \($0.met ? "met" : "late")"
        }
    }

    @Test(
        "Each state runs the clocks of its stage",
        arguments: [
            ([(CaseChange.filed, CaseState.filed)], [ClockFired.Kind.dispatch]),
            ([(.filed, .reported)], []),
            ([(.filed, .reported), (.located, .filed)], [.dispatch]),
            ([(.filed, .filed), (.dispatched, .dispatched)], [.accept]),
            ([(.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted)], [.handling]),
            (
                [(.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted), (.started, .handling)],
                [.handling]
            ),
            ([(.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted), (.handled, .handled)], [.check]),
            (
                [(.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted), (.returned, .returned)],
                [.handling]
            ),
            ([(.filed, .filed), (.declined, .declined)], []),
            ([(.filed, .filed), (.dispatched, .dispatched), (.voided, .void)], []),
            (
                [
                    (.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted), (.handled, .handled),
                    (.closed, .closed),
                ],
                []
            ),
            (
                [
                    (.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted), (.handled, .handled),
                    (.reopened, .handling),
                ],
                [.handling]
            ),
        ] as [([(CaseChange, CaseState)], [ClockFired.Kind])])
    func kinds(steps: [(CaseChange, CaseState)], kinds: [ClockFired.Kind]) {
        var story = Story(1)
        var moment = start
        let changes = steps.map { step in
            moment = moment.plus(minutes: 1)
            return story.step(step.0, step.1, at: moment, assignee: "p1")
        }
        let effects = run(changes)
        #expect(effects.state?.clocks.map(\.kind) == kinds)
        #expect(effects.state?.version == steps.count)
        #expect(effects.passed.isEmpty)
    }

    @Test("On-the-spot handling in one message leaves nothing behind")
    func onTheSpot() {
        var story = Story(1)
        let effects = run([
            story.steps([(.filed, .filed), (.handledOnTheSpot, .handled), (.closed, .closed)], at: start)
        ])
        #expect(effects.state == nil)
        #expect(effects.outcomes.isEmpty && effects.passed.isEmpty)
    }

    @Test("Stages told in messages of their own have outcomes; the handling limit is the filing condition's")
    func outcomes() throws {
        var story = Story(1, condition: "hours-4")
        let effects = run([
            story.step(.filed, .filed, at: start), story.step(.dispatched, .dispatched, at: start.plus(minutes: 15)),
            story.step(.accepted, .accepted, at: start.plus(minutes: 36), assignee: "p1"),
            story.step(.started, .handling, at: start.plus(minutes: 40)),
            story.step(.handled, .handled, at: start.plus(minutes: 100)),
            story.step(.closed, .closed, at: start.plus(minutes: 120)),
        ])
        // Dispatched at the very deadline is in time; accepted one minute late is not.
        #expect(summary(effects) == ["dispatch done met", "accept done late", "handling done met", "check done met"])
        #expect(effects.outcomes[2].limit == TimeLimit(4, .workingHours))
        #expect(effects.outcomes[2].deadline == local("2026-06-03 15:36"))
        #expect(
            effects.passed.map { "\($0.kind.rawValue) \($0.mark.rawValue)" } == [
                "dispatch yellow", "dispatch red", "accept yellow", "accept red", "accept breach", "check yellow",
            ])
        #expect(effects.state?.endedAt == start.plus(minutes: 120))
        #expect(effects.state?.clocks.isEmpty == true)
    }

    @Test("An unknown filing condition gets the policy's default limit")
    func defaultLimit() {
        var story = Story(1, condition: "never-heard-of")
        let effects = run([
            story.steps([(.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted)], at: start)
        ])
        #expect(effects.state?.clock(.handling)?.limit == TimeLimit(3, .urgentHours))
    }

    /// Sent back after an hour of two, dispatched an hour later, accepted by `second` 30 minutes after that.
    private func sentBack(second: String) -> (effects: ClockRules.Effects, resumedAt: Timestamp) {
        var story = Story(1)
        let resumedAt = start.plus(minutes: 150)
        return (
            run([
                story.steps(
                    [(.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted)], at: start, assignee: "p1"),
                story.step(.returned, .returned, at: start.plus(minutes: 60)),
                story.step(.dispatched, .dispatched, at: start.plus(minutes: 140), assignee: second),
                story.step(.accepted, .accepted, at: resumedAt, assignee: second),
            ]), resumedAt
        )
    }

    @Test("Sent back and taken up by the same post: the clock goes on with what was left")
    func resumes() throws {
        let (effects, resumedAt) = sentBack(second: "p1")
        let clock = try #require(effects.state?.clock(.handling))
        #expect(clock.version == 3)
        #expect(clock.deadline == resumedAt.plus(minutes: 60))
        #expect(clock.nextMark == .yellow && clock.nextDue == resumedAt)
        #expect(summary(effects) == ["accept done met"])
    }

    @Test("Sent back and taken up by another post: the whole limit anew")
    func restarts() throws {
        let (effects, resumedAt) = sentBack(second: "p2")
        let clock = try #require(effects.state?.clock(.handling))
        #expect(clock.version == 6)
        #expect(clock.deadline == resumedAt.plus(minutes: 120))
        #expect(summary(effects) == ["accept done met", "handling broken off met"])
    }

    @Test("Dispatched anew before it was accepted: the accept clock begins again")
    func dispatchedAnew() throws {
        var story = Story(1)
        let effects = run([
            story.steps([(.filed, .filed), (.dispatched, .dispatched)], at: start, assignee: "p1"),
            story.step(.dispatched, .dispatched, at: start.plus(minutes: 5), assignee: "p2"),
        ])
        #expect(effects.state?.clock(.accept)?.startedAt == start.plus(minutes: 5))
        #expect(summary(effects) == ["accept broken off met"])
    }

    @Test(
        "Steps that are no change of stage leave the clocks alone",
        arguments: [CaseChange.merged, .escalated, .acknowledged])
    func sameStage(change: CaseChange) throws {
        var story = Story(1)
        let first = run([story.steps([(.filed, .filed), (.dispatched, .dispatched)], at: start, assignee: "p1")])
        let second = run([story.step(change, .dispatched, at: start.plus(minutes: 3))], from: first.state)
        #expect(second.state?.clocks == first.state?.clocks)
        #expect(second.state?.version == 3)
    }

    @Test("A stop that is told late: in time when it was in time, a breach once when it was not")
    func lateMessages() {
        var story = Story(1)
        let armed = run([
            story.steps(
                [(.filed, .filed), (.dispatched, .dispatched), (.accepted, .accepted)], at: start, assignee: "p1")
        ])
        var inTime = story
        let met = run([inTime.step(.handled, .handled, at: start.plus(minutes: 120))], from: armed.state)
        #expect(met.passed.map(\.mark) == [.yellow, .red])
        #expect(summary(met) == ["handling done met"])
        var late = story
        let breached = run([late.step(.handled, .handled, at: start.plus(minutes: 121))], from: armed.state)
        #expect(breached.passed.map(\.mark) == [.yellow, .red, .breach])
        #expect(summary(breached) == ["handling done late"])
        #expect(breached.passed.last?.dueAt == start.plus(minutes: 120))
    }

    @Test("Old news is dropped, also after the case ended")
    func stale() {
        var story = Story(1)
        let filed = story.step(.filed, .filed, at: start)
        let dispatched = story.step(.dispatched, .dispatched, at: start.plus(minutes: 1), assignee: "p1")
        let closed = story.step(.closed, .closed, at: start.plus(minutes: 2))
        let state = run([filed, closed]).state
        #expect(state?.endedAt == start.plus(minutes: 2))
        for old in [filed, dispatched, closed] { #expect(ClockRules.apply(old, to: state, city: city) == nil) }
    }

    @Test("A message that overtakes earlier ones brings the moments it needs")
    func overtaking() throws {
        var story = Story(1)
        let filed = story.step(.filed, .filed, at: start)
        let dispatched = story.step(.dispatched, .dispatched, at: start.plus(minutes: 2), assignee: "p1")
        let accepted = story.step(.accepted, .accepted, at: start.plus(minutes: 12), assignee: "p1")
        let handled = story.step(.handled, .handled, at: start.plus(minutes: 50))
        let inOrder = run([filed, dispatched, accepted, handled])
        let overtaken = run([filed, handled, dispatched, accepted])
        #expect(overtaken.outcomes == inOrder.outcomes)
        #expect(overtaken.passed == inOrder.passed)
        #expect(overtaken.state == inOrder.state)
        // Nothing known before: still the same clocks.
        #expect(run([handled, filed, accepted]).outcomes == inOrder.outcomes)
    }
}

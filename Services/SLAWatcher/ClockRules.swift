import City
import Messages

/// What a change of a case does to its clocks. Pure: the moments are those of the steps.
///
/// | clock | armed when the case becomes | ends when it becomes |
/// |--|--|--|
/// | dispatch | filed | anything else |
/// | accept | dispatched, or is dispatched anew | anything else |
/// | handling | accepted or handling | handled, closed, declined, void |
/// | check | handled | anything else |
///
/// The handling clock pauses while the case is sent back, and resumes when the same post takes it up again; another post
/// gets the whole limit. Rework (a case reopened) arms it anew.
///
/// Which marks a clock passes depends on the steps' moments alone: all that were due before it stopped or paused, whether
/// they had fired when that became known or not. So messages that arrive late or in other batches make the same marks.
enum ClockRules {
    /// What a message changed.
    struct Effects {
        /// The case afterwards; nil when nothing of it needs to be kept, as when it was handled on the spot.
        var state: CaseClocks?
        /// In the order of their due moments, clock by clock.
        var passed: [PassedMark] = []
        var outcomes: [ClockOutcome] = []
    }

    /// Applies what is new in a message.
    ///
    /// - Parameter known: The case as it is watched; nil when nothing is known of it.
    /// - Returns: nil when the message holds nothing new.
    static func apply(_ change: CaseChanged, to known: CaseClocks?, city: City) -> Effects? {
        let after = change.after
        guard after.version > known?.version ?? 0, let first = change.steps.first else { return nil }
        let before =
            known
            ?? CaseClocks(
                id: after.id, number: after.number, version: 0, state: first.from ?? .reported, grid: after.grid,
                endedAt: nil, clocks: [])
        var working = Working(state: before, after: after, city: city, firstVersion: first.version)
        working.state.grid = after.grid
        for step in MissedSteps.before(change, known: before) + change.steps where step.version > before.version {
            working.take(step)
        }
        working.state.number = after.number
        working.state.version = after.version
        working.state.state = after.state
        working.state.endedAt = after.state.isFinal ? change.steps.last?.at : nil
        // All of its history was in this message, so no older one can be on its way.
        let isOver = known == nil && first.version == 1 && after.state.isFinal
        return Effects(state: isOver ? nil : working.state, passed: working.passed, outcomes: working.outcomes)
    }

    /// A case while steps are applied to it.
    private struct Working {
        var state: CaseClocks
        let after: PublicCase
        let city: City
        let firstVersion: Int
        var passed: [PassedMark] = []
        var outcomes: [ClockOutcome] = []

        mutating func take(_ step: CaseChanged.Step) {
            for kind in state.clocks.map(\.kind) {
                switch kind.fate(after: step) {
                case .goesOn: continue
                case .pauses: pause(kind, at: step.at)
                case .ends(let completed): end(kind, at: step.at, completed: completed)
                }
            }
            let clocks = city.profile.policy.clocks
            switch step.to {
            case .filed where step.from != .filed:
                arm(.dispatch, clocks.dispatch, step)
            case .dispatched where step.from != .dispatched || step.change == .dispatched:
                arm(.accept, clocks.accept, step)
            case .accepted, .handling:
                takeUpHandling(step, limit: city.condition(after.condition)?.limit ?? clocks.defaultHandling)
            case .handled where step.from != .handled:
                arm(.check, clocks.check, step)
            default:
                break
            }
        }

        /// Handling begins, goes on, or resumes after it was sent back.
        private mutating func takeUpHandling(_ step: CaseChanged.Step, limit: TimeLimit) {
            guard let index = state.clocks.firstIndex(where: { $0.kind == .handling }) else {
                return arm(.handling, limit, step)
            }
            guard state.clocks[index].isPaused else { return }
            if state.clocks[index].assignee == after.assignee {
                state.clocks[index].resume(at: step.at, city: city)
            } else {
                end(.handling, at: step.at, completed: false)
                arm(.handling, limit, step)
            }
        }

        private mutating func arm(_ kind: ClockFired.Kind, _ limit: TimeLimit, _ step: CaseChanged.Step) {
            state.clocks.removeAll { $0.kind == kind }
            state.clocks.append(
                StageClock(
                    kind: kind, version: step.version, startedAt: step.at, limit: limit, assignee: after.assignee,
                    city: city))
        }

        private mutating func pause(_ kind: ClockFired.Kind, at moment: Timestamp) {
            guard let index = state.clocks.firstIndex(where: { $0.kind == kind }) else { return }
            passMarks(of: index, before: moment)
            state.clocks[index].pause(at: moment, city: city)
        }

        private mutating func end(_ kind: ClockFired.Kind, at moment: Timestamp, completed: Bool) {
            guard let index = state.clocks.firstIndex(where: { $0.kind == kind }) else { return }
            passMarks(of: index, before: moment)
            let clock = state.clocks.remove(at: index)
            // A paused clock that had not breached was not late, however long ago its old deadline is.
            let met = clock.isPaused ? clock.nextMark != nil : moment <= clock.deadline
            // A stage gone through within one message kept nobody waiting: on-the-spot handling leaves no trace.
            if clock.version >= firstVersion, completed, met { return }
            outcomes.append(
                ClockOutcome(
                    caseID: state.id, kind: kind, version: clock.version, startedAt: clock.startedAt,
                    limit: clock.limit, deadline: clock.deadline, stoppedAt: moment, completed: completed, met: met,
                    provisional: clock.provisional, grid: state.grid))
        }

        /// A mark due at the very moment of the step is not passed: whoever is done at the deadline is in time.
        private mutating func passMarks(of index: Int, before moment: Timestamp) {
            var clock = state.clocks[index]
            for (mark, due) in clock.passMarks(city: city, where: { $0 < moment }) {
                passed.append(PassedMark(mark, dueAt: due, of: clock, caseID: state.id, grid: state.grid))
            }
            state.clocks[index] = clock
        }
    }
}

extension ClockFired.Kind {
    /// What a step does to a clock that was armed before it.
    enum Fate: Hashable {
        case goesOn
        case pauses
        /// - Parameter completed: The stage was done, not broken off.
        case ends(completed: Bool)
    }

    func fate(after step: CaseChanged.Step) -> Fate {
        let brokenOff = step.to == .declined || step.to == .void
        switch self {
        case .dispatch:
            return step.to == .filed ? .goesOn : .ends(completed: !brokenOff && step.to != .reported)
        case .accept:
            if step.to == .dispatched { return step.change == .dispatched ? .ends(completed: false) : .goesOn }
            // Who sends it back with a reason has answered, too.
            return .ends(completed: !brokenOff && step.to != .filed && step.to != .reported)
        case .handling:
            switch step.to {
            case .accepted, .handling: return .goesOn
            case .reported, .filed, .dispatched, .returned: return .pauses
            case .handled, .closed: return .ends(completed: true)
            case .declined, .void: return .ends(completed: false)
            }
        case .check:
            return step.to == .handled ? .goesOn : .ends(completed: !brokenOff)
        }
    }
}

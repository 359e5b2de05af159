import City

/// Which marks the clocks of a case pass, worked out from its history alone.
///
/// Written from the rules of the practice, not from the watcher: dispatch, accept and check have limits of their own,
/// handling that of the filing condition; handling pauses while a case is sent back, goes on when the same post takes it
/// up again and begins anew with another.
struct ClockModel {
    /// A moment at which a mark falls due while a clock runs.
    struct Mark: Hashable {
        var kind: String
        var mark: String
        var dueAt: Timestamp
        /// When the clock stopped or paused, and when that was recorded; nil while it runs.
        var endedAt: Timestamp?
        var recordedAt: Timestamp?

        /// Whether it must have fired: it was due before the stage ended.
        func isPassed(by now: Timestamp) -> Bool { dueAt < endedAt ?? now }
    }

    private struct Clock {
        var kind: String
        var limit: TimeLimit
        var assignee: String
        /// Nil while it is paused.
        var runningSince: Timestamp?
        var remaining: Allowance
        /// Marks not passed yet, in order, each with the part of the limit it stands for.
        var marks: [(name: String, percent: Int)]
    }

    private let city: City
    private var clocks: [String: Clock] = [:]
    private(set) var marks: [Mark] = []

    init(city: City) { self.city = city }

    /// All marks of a case's clocks: those passed, and those a stage's end forestalled.
    static func marks(of history: CaseHistory, city: City) -> [Mark] {
        var model = ClockModel(city: city)
        let stages = city.profile.policy.clocks
        let handling = city.condition(history.condition)?.limit ?? stages.defaultHandling
        for step in history.steps { model.take(step, handling: handling, stages: stages) }
        for kind in model.clocks.keys.sorted() { model.close(kind, at: nil, recordedAt: nil) }
        return model.marks
    }

    private mutating func take(_ step: CaseHistory.Step, handling: TimeLimit, stages: Policy.StageClocks) {
        stop(step)
        switch step.to {
        case "filed" where step.from != "filed": arm("dispatch", stages.dispatch, step)
        case "dispatched" where step.from != "dispatched" || step.change == "dispatched":
            arm("accept", stages.accept, step)
        case "accepted", "handling": takeUp(step, handling)
        case "handled" where step.from != "handled": arm("check", stages.check, step)
        default: break
        }
    }

    private mutating func stop(_ step: CaseHistory.Step) {
        if step.to != "filed" { end("dispatch", step) }
        if step.to != "dispatched" || step.change == "dispatched" { end("accept", step) }
        if step.to != "handled" { end("check", step) }
        switch step.to {
        case "handled", "closed", "declined", "void": end("handling", step)
        case "accepted", "handling": break
        default: pause(step)
        }
    }

    private mutating func arm(_ kind: String, _ limit: TimeLimit, _ step: CaseHistory.Step) {
        let warnings = city.profile.policy.clocks.warnAtPercent
        clocks[kind] = Clock(
            kind: kind, limit: limit, assignee: step.by, runningSince: step.at, remaining: Allowance(limit),
            marks: zip(["yellow", "red"], warnings).map { ($0, $1) } + [("breach", 100)])
    }

    private mutating func takeUp(_ step: CaseHistory.Step, _ limit: TimeLimit) {
        guard var clock = clocks["handling"] else { return arm("handling", limit, step) }
        guard clock.runningSince == nil else { return }
        if clock.assignee == step.by {
            clock.runningSince = step.at
            clocks["handling"] = clock
        } else {
            arm("handling", limit, step)
        }
    }

    private mutating func end(_ kind: String, _ step: CaseHistory.Step) {
        close(kind, at: step.at, recordedAt: step.recordedAt)
        clocks[kind] = nil
    }

    private mutating func pause(_ step: CaseHistory.Step) {
        close("handling", at: step.at, recordedAt: step.recordedAt)
        guard var clock = clocks["handling"], let since = clock.runningSince else { return }
        let passed = Set(marks(of: clock, since: since).filter { $0.dueAt < step.at }.map(\.mark))
        clock.marks.removeAll { passed.contains($0.name) }
        clock.remaining.microseconds -=
            city.calendar.elapsed(from: since, to: step.at, unit: clock.limit.unit).microseconds
        clock.runningSince = nil
        clocks["handling"] = clock
    }

    /// Notes the marks of a stretch in which a clock ran.
    private mutating func close(_ kind: String, at endedAt: Timestamp?, recordedAt: Timestamp?) {
        guard let clock = clocks[kind], let since = clock.runningSince else { return }
        marks += marks(of: clock, since: since).map { mark in
            var mark = mark
            mark.endedAt = endedAt
            mark.recordedAt = recordedAt
            return mark
        }
    }

    private func marks(of clock: Clock, since: Timestamp) -> [Mark] {
        let whole = Allowance(clock.limit)
        return clock.marks.map { name, percent in
            let unspent = whole.microseconds - whole.part(percent: percent).microseconds
            var allowance = clock.remaining
            allowance.microseconds -= unspent
            let due = city.calendar.deadline(from: since, allowance: allowance).at
            return Mark(kind: clock.kind, mark: name, dueAt: due)
        }
    }
}

import City
import Messages

/// Steps that must have happened before a message that arrived ahead of an earlier one.
///
/// Two writers may tell of one case, and their messages may overtake each other. The later message carries the whole
/// case, with the moments at which it was last dispatched, accepted and handled: enough for the clocks. The earlier one is
/// ignored when it arrives, because its version has been passed.
enum MissedSteps {
    /// The stages between the known state and the first step of the message, with the moments the case carries.
    ///
    /// Versions are the lowest that were missed: not always the true ones, but each names one clock only.
    static func before(_ change: CaseChanged, known: CaseClocks) -> [CaseChanged.Step] {
        guard let first = change.steps.first, let from = first.from, first.version > known.version + 1 else {
            return []
        }
        let after = change.after
        let stages: [(state: CaseState, change: CaseChange, at: Timestamp?)] = [
            (.filed, .filed, after.filedAt), (.dispatched, .dispatched, after.dispatchedAt),
            (.accepted, .accepted, after.acceptedAt), (.handled, .handled, after.handledAt),
        ]
        var steps: [CaseChanged.Step] = []
        var version = known.version + 1
        var state: CaseState? = known.version == 0 ? nil : known.state
        for stage in stages where stage.state.progress > state.progress && stage.state.progress <= from.progress {
            guard let at = stage.at, at <= first.at, version < first.version else { continue }
            steps.append(
                CaseChanged.Step(
                    version: version, change: stage.change, from: state, to: stage.state, at: at, by: first.by))
            state = stage.state
            version += 1
        }
        return steps
    }
}

extension CaseState {
    /// How far a case has come on its way; a state beside the way has come nowhere.
    fileprivate var progress: Int {
        switch self {
        case .reported, .returned, .declined, .void: 0
        case .filed: 1
        case .dispatched: 2
        case .accepted, .handling: 3
        case .handled: 4
        case .closed: 5
        }
    }
}

extension CaseState? {
    fileprivate var progress: Int { self?.progress ?? 0 }
}

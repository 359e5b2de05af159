import Messages

/// Which change leads from which state to which: the only transitions there are.
///
/// `nil` as the state before is the beginning of a case. Changes that do not move a case (a report that joins, a raise,
/// a receipt) stand with every open state.
enum CaseTable {
    static func next(after state: CaseState?, change: CaseChange) -> CaseState? {
        guard let state else {
            switch change {
            case .received: return .reported
            case .filed: return .filed
            default: return nil
            }
        }
        switch (change, state) {
        case (.located, .reported): return .filed
        case (.declined, .reported), (.declined, .filed), (.declined, .returned): return .declined
        case (.voided, _) where !state.isFinal: return .void
        case (.dispatched, .filed), (.dispatched, .returned), (.dispatched, .dispatched): return .dispatched
        case (.accepted, .dispatched): return .accepted
        case (.started, .accepted): return .handling
        // Who receives a return may correct or dispatch anew; it cannot be pushed on from there.
        case (.returned, .dispatched), (.returned, .accepted), (.returned, .handling): return .returned
        case (.handled, .accepted), (.handled, .handling), (.handled, .dispatched): return .handled
        case (.handledOnTheSpot, .filed): return .handled
        case (.closed, .handled): return .closed
        // Rework goes back to the same hands.
        case (.reopened, .handled): return .accepted
        case (.merged, _) where !state.isFinal, (.escalated, _) where !state.isFinal,
            (.commanded, _) where !state.isFinal, (.acknowledged, _) where !state.isFinal:
            return state
        default: return nil
        }
    }
}

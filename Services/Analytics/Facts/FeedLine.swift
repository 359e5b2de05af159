import City
import Messages

/// A change as the command-centre's feed names it. Steps that only the people at work care about have no name there.
enum FeedChange: String, Sendable, CaseIterable {
    case filed
    case dispatched
    case accepted
    case returned
    case handled
    case closed
    case merged
    case warned
    case breached
    case escalated
    case command

    init?(_ change: CaseChange) {
        switch change {
        // Without a grid it is not filed: it is once the manual desk has found one.
        case .filed, .located: self = .filed
        case .dispatched: self = .dispatched
        case .accepted: self = .accepted
        // Rework goes back to whoever handled it, as a return does; the state tells them apart.
        case .returned, .reopened: self = .returned
        case .handled, .handledOnTheSpot: self = .handled
        // Declined and void cases end as closed ones do; the state tells how.
        case .closed, .declined, .voided: self = .closed
        case .merged: self = .merged
        case .escalated: self = .escalated
        case .commanded: self = .command
        case .received, .started, .acknowledged: return nil
        }
    }
}

/// One line of the feed, to be stored.
struct FeedLine: Hashable, Sendable {
    var at: Timestamp
    var caseID: CaseID
    var change: FeedChange
    var state: CaseState
    var title: String

    /// What a message tells, beyond what was told up to a version.
    ///
    /// A matter found, handled and closed in one step is told in two lines: that it was found and that it was handled.
    static func lines(of change: CaseChanged, after version: Int) -> [FeedLine] {
        let steps = change.steps.filter { $0.version > version }
        let onTheSpot = steps.contains { $0.change == .handledOnTheSpot }
        return steps.compactMap { step in
            guard let name = FeedChange(step.change), !(onTheSpot && step.change == .closed) else { return nil }
            return FeedLine(
                at: step.at, caseID: change.after.id, change: name, state: step.to, title: change.after.title)
        }
    }
}

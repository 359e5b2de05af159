import City
import Messages

@testable import Router

/// What the rules of case work say, written down a second time, plainly: who may do what, and when.
///
/// Tests compare ``CaseWork`` and the lane with it.
struct Powers {
    let city: City

    /// The refusal an action meets; nil: it succeeds. The action's time is taken to be right.
    func refusal(of action: CaseAction, by actor: Actor, on one: PublicCase) -> CaseRefusal.Slug? {
        if let refusal = forbidden(action, actor, one) { return refusal }
        if let refusal = incomplete(action, one) { return refusal }
        return Self.states(action).contains(one.state) ? nil : .notNow
    }

    private func forbidden(_ action: CaseAction, _ actor: Actor, _ one: PublicCase) -> CaseRefusal.Slug? {
        let isOnIt = [one.assignee].contains(actor.post) || one.assisting.contains(actor.post)
        let place = one.grid ?? GridCode("R")
        let around = [place] + city.ancestors(of: place).map(\.code)
        let isInJurisdiction = actor.jurisdiction.contains { around.contains($0) }
        switch action {
        case .accept, .start, .sendBack, .handle: return isOnIt ? nil : .notYours
        case .check:
            if actor.roles.isDisjoint(with: ["closing-checker", "dispatcher"]) { return .wrongRole }
            if one.handler == actor.post { return .notYours }
            return isInJurisdiction ? nil : .outsideJurisdiction
        case .dispatch, .decline, .void, .locate:
            if !actor.roles.contains("dispatcher") { return .wrongRole }
            return isInJurisdiction ? nil : .outsideJurisdiction
        case .acknowledge(let node):
            let isNode = node == actor.post.rawValue || city.post(actor.post)?.unit?.rawValue == node
            return isNode ? nil : .notANode
        }
    }

    private func incomplete(_ action: CaseAction, _ one: PublicCase) -> CaseRefusal.Slug? {
        switch action {
        case .sendBack(""), .dispatch(_, ""), .decline(""), .void(""), .check(false, nil): .reasonMissing
        case .handle(_, []) where one.condition.rawValue.hasPrefix("C"): .evidenceMissing
        case .dispatch(let post, _) where city.post(post) == nil: .unknownPost
        case .locate(let grid) where city.grid(grid) == nil: .unknownGrid
        default: nil
        }
    }

    /// States in which an action is possible.
    private static func states(_ action: CaseAction) -> Set<CaseState> {
        switch action {
        case .accept: [.dispatched]
        case .start: [.accepted]
        case .sendBack: [.dispatched, .accepted, .handling]
        case .handle: [.dispatched, .accepted, .handling]
        case .check: [.handled]
        case .dispatch: [.filed, .returned, .dispatched]
        case .decline: [.reported, .filed, .returned]
        case .void, .acknowledge: [.reported, .filed, .dispatched, .accepted, .handling, .handled, .returned]
        case .locate: [.reported]
        }
    }
}

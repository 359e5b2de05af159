import City
import Messages

/// What somebody does to a case.
enum CaseAction: Sendable, Equatable {
    case accept
    case start
    case sendBack(reason: String)
    case handle(note: String, evidence: [String])
    /// Closing check: passed closes, failed sends it back for rework with the reason.
    case check(passed: Bool, reason: String?)
    case dispatch(to: PostCode, reason: String)
    case decline(reason: String)
    case void(reason: String)
    /// The manual desk says where it is.
    case locate(grid: GridCode)
    /// A node acknowledges a command.
    case acknowledge(node: String)

    /// Stable name in the API.
    var slug: String {
        switch self {
        case .accept: "accept"
        case .start: "start"
        case .sendBack: "return"
        case .handle: "handle"
        case .check: "check"
        case .dispatch: "dispatch"
        case .decline: "decline"
        case .void: "void"
        case .locate: "locate"
        case .acknowledge: "acknowledge"
        }
    }

    /// The step it makes when it succeeds; nil for receipts, of which there is one a node.
    var change: CaseChange? {
        switch self {
        case .accept: .accepted
        case .start: .started
        case .sendBack: .returned
        case .handle: .handled
        case .check(let passed, _): passed ? .closed : .reopened
        case .dispatch: .dispatched
        case .decline: .declined
        case .void: .voided
        case .locate: .located
        case .acknowledge: nil
        }
    }
}

/// Who acts, with what powers.
struct Actor: Sendable, Equatable {
    var post: PostCode
    var roles: Set<String>
    var jurisdiction: [GridCode]
}

/// The post that checks handled cases.
enum Checking {
    static let role = "closing-checker"

    static func checker(of one: PublicCase, city: City) -> PostCode? {
        guard let grid = one.grid else { return nil }
        return city.holder(ofRole: role, from: grid, level: city.profile.policy.communityLevel)?.code
    }
}

/// Applies what people do to cases: whether they may, and what follows.
struct CaseWork: Sendable {
    let city: City

    /// Role of those who distribute cases and run the manual desk.
    static let dispatcherRole = "dispatcher"

    func apply(
        _ action: CaseAction, by actor: Actor, at: Timestamp, now: Timestamp, to work: inout WorkingCase
    ) throws(CaseRefusal) {
        guard at <= now.advanced(bySeconds: 60) else { throw CaseRefusal(.inFuture, state: work.now.state) }
        try requirePowers(action, actor: actor, over: work.now)
        let who = actor.post.rawValue
        switch action {
        case .accept:
            try work.take(.accepted, at: at, by: who)
        case .start:
            try work.take(.started, at: at, by: who)
        case .sendBack(let reason):
            try work.take(.returned, at: at, by: who, reason: try required(reason, work))
            // Who distributes must decide anew.
            work.reassign(nil)
        case .handle(let note, let evidence):
            if city.condition(work.now.condition)?.needsEvidence == true, evidence.isEmpty {
                throw CaseRefusal(.evidenceMissing, state: work.now.state)
            }
            let reason = ([note] + evidence).filter { !$0.isEmpty }.joined(separator: " ")
            try work.take(.handled, at: at, by: who, reason: reason.isEmpty ? nil : reason)
            work.noteHandler(actor.post)
            work.reassign(Checking.checker(of: work.now, city: city))
        case .check(let passed, let reason):
            if passed {
                try work.take(.closed, at: at, by: who, reason: reason)
            } else {
                try work.take(.reopened, at: at, by: who, reason: try required(reason ?? "", work))
                work.reassign(work.now.handler)
            }
        case .dispatch(let post, let reason):
            guard city.post(post) != nil else { throw CaseRefusal(.unknownPost, state: work.now.state) }
            work.reassign(post)
            let decision = Decision(
                policyVersion: city.profile.version, rule: "manual",
                inputs: CaseWork.inputs(dispatcher: actor.post, lead: post))
            try work.take(.dispatched, at: at, by: who, reason: try required(reason, work), decision: decision)
        case .decline(let reason):
            try work.take(.declined, at: at, by: who, reason: try required(reason, work))
        case .void(let reason):
            try work.take(.voided, at: at, by: who, reason: try required(reason, work))
        case .locate(let grid):
            guard city.grid(grid) != nil else { throw CaseRefusal(.unknownGrid, state: work.now.state) }
            try work.take(.located, at: at, by: who, reason: CaseWork.reason(locating: grid))
            work.locate(grid)
            try sendOn(&work, grid: grid, at: at)
        case .acknowledge(let node):
            try work.take(.acknowledged, at: at, by: node)
        }
    }

    /// What a decision by hand rests on.
    static func inputs(dispatcher: PostCode, lead: PostCode) -> String { "dispatcher=\(dispatcher) lead=\(lead)" }

    static func reason(locating grid: GridCode) -> String { "in \(grid)" }

    /// A case that was located at the manual desk goes the way it would have gone.
    private func sendOn(_ work: inout WorkingCase, grid: GridCode, at: Timestamp) throws(CaseRefusal) {
        guard let condition = city.condition(work.now.condition) else { return }
        do {
            try Filing(city: city).dispatch(
                &work, condition: condition, source: work.now.source, grid: grid, finder: work.now.finder, at: at)
        } catch let refusal as CaseRefusal {
            throw refusal
        } catch {
            throw CaseRefusal(.notNow, state: work.now.state)
        }
    }

    private func required(_ reason: String, _ work: WorkingCase) throws(CaseRefusal) -> String {
        guard reason.utf8.contains(where: { $0 > 0x20 }) else {
            throw CaseRefusal(.reasonMissing, state: work.now.state)
        }
        return reason
    }

    /// The one it was given to acts on it; distributing and checking belong to those roles, inside their jurisdiction.
    ///
    /// - Throws: ``CaseRefusal`` when the actor may not do this to the case, whatever its state.
    func requirePowers(_ action: CaseAction, actor: Actor, over one: PublicCase) throws(CaseRefusal) {
        switch action {
        case .accept, .start, .sendBack, .handle:
            guard one.assignee == actor.post || one.assisting.contains(actor.post) else {
                throw CaseRefusal(.notYours, state: one.state)
            }
        case .check:
            guard actor.roles.contains(Checking.role) || actor.roles.contains(CaseWork.dispatcherRole) else {
                throw CaseRefusal(.wrongRole, state: one.state)
            }
            // Nobody checks his own work.
            guard one.handler != actor.post else { throw CaseRefusal(.notYours, state: one.state) }
            try requireJurisdiction(actor, over: one)
        case .dispatch, .decline, .void, .locate:
            guard actor.roles.contains(CaseWork.dispatcherRole) else {
                throw CaseRefusal(.wrongRole, state: one.state)
            }
            try requireJurisdiction(actor, over: one)
        case .acknowledge(let node):
            let own = city.post(actor.post)
            guard node == actor.post.rawValue || own?.unit?.rawValue == node else {
                throw CaseRefusal(.notANode, state: one.state)
            }
        }
    }

    private func requireJurisdiction(_ actor: Actor, over one: PublicCase) throws(CaseRefusal) {
        // What lies in no grid yet is the root's.
        let grid = one.grid ?? city.root.code
        guard actor.jurisdiction.contains(where: { city.isInside(grid, jurisdiction: $0) }) else {
            throw CaseRefusal(.outsideJurisdiction, state: one.state)
        }
    }

    /// Whether this person may look at the case.
    func maySee(_ one: PublicCase, actor: Actor) -> Bool {
        one.assignee == actor.post || one.handler == actor.post || one.assisting.contains(actor.post)
            || actor.jurisdiction.contains { city.isInside(one.grid ?? city.root.code, jurisdiction: $0) }
    }
}

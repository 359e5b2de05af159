import City
import Messages

/// Tells a case's life as the messages its changes make.
struct CaseStory {
    private(set) var now: PublicCase
    private(set) var told: [CaseChanged] = []

    /// - Parameter finder: Who reported it; nil for the hotline.
    init(_ id: Int64, grid: String = "A", finder: String?, path: Policy.Path = .finder, assisting: [String] = []) {
        let at = local("2026-06-03 09:00")
        now = PublicCase(
            id: CaseID(id), number: "SMP-20260603-\(id)", version: 0, state: .reported, source: SourceCode("patrol"),
            condition: ConditionCode("c"), category: CategoryCode("C0101"), severity: .general, path: path,
            title: "井盖缺失", grid: GridCode(grid), place: nil, assignee: nil, finder: finder.map { PostCode($0) },
            handler: nil, assisting: assisting.map { PostCode($0) }, onTheSpot: false, reports: 1, returns: 0,
            reworks: 0, escalations: 0, reportedAt: at, filedAt: at, dispatchedAt: nil, acceptedAt: nil,
            handledAt: nil, closedAt: nil, policyVersion: 7)
    }

    /// Found, handled and closed in one message, as the router does at once.
    mutating func closeOnTheSpot(at: Timestamp) -> CaseChanged {
        now.onTheSpot = true
        now.handler = now.finder
        return steps([(.filed, .filed), (.handledOnTheSpot, .handled), (.closed, .closed)], at: at, by: "router")
    }

    /// Handled and closed by a check, in one message.
    mutating func close(handler: String, checker: String = "router", at: Timestamp) -> CaseChanged {
        now.handler = PostCode(handler)
        return steps([(.handled, .handled), (.closed, .closed)], at: at, by: checker)
    }

    mutating func reopen(at: Timestamp) -> CaseChanged { steps([(.reopened, .handling)], at: at, by: "checker") }
    mutating func void(at: Timestamp) -> CaseChanged { steps([(.voided, .void)], at: at, by: "dispatcher") }

    mutating func steps(_ steps: [(CaseChange, CaseState)], at: Timestamp, by: String) -> CaseChanged {
        var taken: [CaseChanged.Step] = []
        for (change, state) in steps {
            taken.append(
                CaseChanged.Step(
                    version: now.version + 1, change: change, from: now.version == 0 ? nil : now.state, to: state,
                    at: at, by: by))
            now.version += 1
            now.state = state
        }
        let change = CaseChanged(steps: taken, after: now, report: nil)
        told.append(change)
        return change
    }
}

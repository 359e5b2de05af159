import City
import Messages

/// Tells a case's life as the messages its changes make.
struct Story {
    private(set) var now: PublicCase
    private var started = false

    init(_ id: Int64, condition: String = "urgent-2", at: Timestamp = local("2026-06-03 09:00")) {
        now = PublicCase(
            id: CaseID(id), number: "SMP-20260603-\(id)", version: 0, state: .reported, source: SourceCode("patrol"),
            condition: ConditionCode(condition), category: CategoryCode("C0101"), severity: .general, path: .finder,
            title: "井盖缺失", grid: GridCode("A"), place: nil, assignee: nil, finder: nil, handler: nil, assisting: [],
            onTheSpot: false, reports: 1, returns: 0, reworks: 0, escalations: 0, reportedAt: at, filedAt: at,
            dispatchedAt: nil, acceptedAt: nil, handledAt: nil, closedAt: nil, policyVersion: 1)
    }

    /// One step in a message of its own.
    mutating func step(
        _ change: CaseChange, _ state: CaseState, at: Timestamp, assignee: String? = nil
    ) -> CaseChanged {
        steps([(change, state)], at: at, assignee: assignee)
    }

    /// Several steps of one moment in one message.
    mutating func steps(
        _ steps: [(CaseChange, CaseState)], at: Timestamp, assignee: String? = nil
    ) -> CaseChanged {
        var told: [CaseChanged.Step] = []
        for (change, state) in steps {
            told.append(
                CaseChanged.Step(
                    version: now.version + 1, change: change, from: started ? now.state : nil, to: state, at: at,
                    by: "router"))
            started = true
            now.version += 1
            now.state = state
            switch change {
            case .filed: now.filedAt = at
            case .dispatched: now.dispatchedAt = at
            case .accepted: now.acceptedAt = at
            case .handled, .handledOnTheSpot: now.handledAt = at
            case .closed: now.closedAt = at
            default: break
            }
        }
        if let assignee { now.assignee = PostCode(assignee) }
        return CaseChanged(steps: told, after: now, report: nil)
    }
}

extension Timestamp {
    func plus(minutes: Int) -> Timestamp { advanced(bySeconds: Int64(minutes) * 60) }
}

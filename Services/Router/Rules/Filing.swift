import City
import Messages

/// Turns an accepted report into a case, or joins it to an open one of the same problem.
struct Filing: Sendable {
    let city: City

    /// Name under which the router appears in histories.
    static let router = "router"

    /// Opens a case for a report and sends it on its way.
    ///
    /// - Parameters:
    ///   - id: number of the new case.
    ///   - now: when it is filed.
    func open(_ report: ReportAccepted, id: CaseID, now: Timestamp) throws -> WorkingCase {
        guard let condition = city.condition(report.condition) else {
            throw MessageFault(reason: "the catalogue has no condition of that code")
        }
        // A replayed past may tell of things later than its clock; a case never begins before its report.
        let filedAt = max(now, report.occurredAt, report.onTheSpot?.handledAt ?? report.occurredAt)
        let draft = draft(report, condition: condition, id: id, filedAt: filedAt)
        guard let grid = report.grid else {
            return try WorkingCase(
                beginning: draft, change: .received, at: filedAt, by: Filing.router, reason: report.unlocatedReason,
                report: report.id)
        }
        var work = try WorkingCase(
            beginning: draft, change: .filed, at: filedAt, by: Filing.router, reason: nil, report: report.id)
        if report.onTheSpot != nil, let finder = report.finder {
            try handleOnTheSpot(&work, by: finder, at: filedAt)
        } else {
            try dispatch(
                &work, condition: condition, source: report.source, grid: grid, finder: report.finder, at: filedAt)
        }
        return work
    }

    /// Joins a report to an open case: both sides know it.
    func join(_ report: ReportAccepted, to work: inout WorkingCase, now: Timestamp) throws {
        let at = max(now, work.changedAt)
        try work.take(
            .merged, at: at, by: Filing.router, reason: "report \(report.trackingNumber)", report: report.id)
        guard let onTheSpot = report.onTheSpot, let finder = report.finder else { return }
        // Whoever found it anew has solved it: the case is handled, whoever it was with.
        if CaseTable.next(after: work.now.state, change: .handled) != nil {
            try work.take(.handled, at: max(at, onTheSpot.handledAt), by: finder.rawValue, reason: onTheSpot.note)
            work.noteHandler(finder)
            work.reassign(Checking.checker(of: work.now, city: city))
        }
    }

    /// Sends a filed case to whoever the policy names; a case that nobody can take stays filed.
    func dispatch(
        _ work: inout WorkingCase, condition: FilingCondition, source: SourceCode, grid: GridCode, finder: PostCode?,
        at: Timestamp
    ) throws {
        let routed = Routing.route(condition: condition, source: source, grid: grid, finder: finder, city: city)
        work.assign(routed.lead, assisting: routed.assisting, path: routed.path)
        guard let lead = routed.lead else { return }
        try work.take(
            .dispatched, at: at, by: Filing.router, reason: "to \(lead)", decision: routed.decision)
        if routed.path == .command {
            try work.take(.commanded, at: at, by: Filing.router, reason: "to every node")
        }
    }

    private func handleOnTheSpot(_ work: inout WorkingCase, by finder: PostCode, at: Timestamp) throws {
        work.noteHandler(finder)
        work.noteOnTheSpot()
        let decision = Decision(
            policyVersion: city.profile.version, rule: "on-the-spot", inputs: "finder=\(finder)")
        try work.take(.handledOnTheSpot, at: at, by: finder.rawValue, decision: decision)
        if city.profile.policy.closeOnTheSpotAtOnce {
            try work.take(.closed, at: at, by: Filing.router, reason: "handled on the spot")
        } else {
            work.reassign(Checking.checker(of: work.now, city: city))
        }
    }

    private func draft(
        _ report: ReportAccepted, condition: FilingCondition, id: CaseID, filedAt: Timestamp
    ) -> PublicCase {
        PublicCase(
            id: id, number: number(of: id, filedAt: filedAt), version: 0, state: .reported, source: report.source,
            condition: condition.code, category: condition.category, severity: condition.severity, path: .finder,
            title: report.title, grid: report.grid, place: report.place, assignee: nil, finder: report.finder,
            handler: nil, assisting: [], onTheSpot: false, reports: 1, returns: 0, reworks: 0, escalations: 0,
            reportedAt: report.occurredAt, filedAt: filedAt, dispatchedAt: nil, acceptedAt: nil, handledAt: nil,
            closedAt: nil, policyVersion: city.profile.version)
    }

    /// Prefix, local day of filing, number: `XHG-20251103-12345`.
    private func number(of id: CaseID, filedAt: Timestamp) -> String {
        let day = city.calendar.zone.local(filedAt).day
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
        return "\(city.profile.trackingPrefix)-\(day.year)\(padded(day.month))\(padded(day.day))-\(id.value)"
    }
}

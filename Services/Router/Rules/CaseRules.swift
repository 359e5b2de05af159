import City
import Messages

/// A case while it is being changed: the public case, and the steps taken so far in this transaction.
struct WorkingCase: Sendable {
    private(set) var now: PublicCase
    private(set) var steps: [RecordedStep] = []
    /// When the step before this transaction happened.
    private(set) var changedAt: Timestamp

    /// A step with what only the history keeps.
    struct RecordedStep: Sendable {
        var step: CaseChanged.Step
        var report: ReportID?
        var decision: Decision?
    }

    /// A case as it is stored.
    init(stored: PublicCase, changedAt: Timestamp) {
        now = stored
        self.changedAt = changedAt
    }

    /// A case that begins with its first step.
    init(
        beginning draft: PublicCase, change: CaseChange, at: Timestamp, by: String, reason: String?, report: ReportID
    ) throws(CaseRefusal) {
        now = draft
        now.version = 0
        changedAt = at
        try take(change, from: nil, at: at, by: by, reason: reason, report: report, decision: nil)
    }

    var isNew: Bool { steps.first?.step.version == 1 }

    /// Takes one step of the table and notes what it changes.
    ///
    /// - Throws: ``CaseRefusal`` when the table has no such step, or its time lies before the last one.
    mutating func take(
        _ change: CaseChange, at: Timestamp, by: String, reason: String? = nil, report: ReportID? = nil,
        decision: Decision? = nil
    ) throws(CaseRefusal) {
        try take(change, from: now.state, at: at, by: by, reason: reason, report: report, decision: decision)
    }

    private mutating func take(
        _ change: CaseChange, from: CaseState?, at: Timestamp, by: String, reason: String?, report: ReportID?,
        decision: Decision?
    ) throws(CaseRefusal) {
        guard let to = CaseTable.next(after: from, change: change) else {
            throw CaseRefusal(.notNow, state: from)
        }
        guard at >= changedAt else { throw CaseRefusal(.beforeLastStep, state: from) }
        now.version += 1
        now.state = to
        changedAt = at
        switch change {
        case .dispatched:
            now.dispatchedAt = at
            now.acceptedAt = nil
        case .accepted: now.acceptedAt = at
        case .handled, .handledOnTheSpot: now.handledAt = at
        case .closed: now.closedAt = at
        case .reopened:
            now.acceptedAt = at
            now.handledAt = nil
            now.reworks += 1
        case .returned: now.returns += 1
        case .merged: now.reports += 1
        case .escalated: now.escalations += 1
        default: break
        }
        if to.isFinal { now.assignee = nil }
        steps.append(
            RecordedStep(
                step: .init(
                    version: now.version, change: change, from: from, to: to, at: at, by: by, reason: reason),
                report: report, decision: decision))
    }

    mutating func assign(_ post: PostCode?, assisting: [PostCode], path: Policy.Path) {
        now.assignee = post
        now.assisting = assisting
        now.path = path
    }

    mutating func reassign(_ post: PostCode?) { now.assignee = post }

    mutating func noteHandler(_ post: PostCode) { now.handler = post }

    mutating func noteOnTheSpot() { now.onTheSpot = true }

    mutating func locate(_ grid: GridCode) { now.grid = grid }

    /// What is published of the steps taken.
    var message: CaseChanged? {
        steps.isEmpty
            ? nil
            : CaseChanged(steps: steps.map(\.step), after: now, report: steps.compactMap(\.report).first)
    }
}

/// Why a case does not take a step.
struct CaseRefusal: Error, Sendable, Equatable {
    enum Slug: String, Sendable, CaseIterable {
        /// The table has no such step from the case's state.
        case notNow = "not-in-this-state"
        case beforeLastStep = "before-last-step"
        case inFuture = "time-in-future"
        case notYours = "not-your-case"
        case outsideJurisdiction = "outside-jurisdiction"
        case wrongRole = "wrong-role"
        case reasonMissing = "reason-missing"
        case evidenceMissing = "evidence-missing"
        case unknownPost = "unknown-post"
        case unknownGrid = "unknown-grid"
        case noSuchCase = "no-such-case"
        case notANode = "not-a-node"
        case otherVersion = "other-version"
    }

    var slug: Slug
    var state: CaseState?

    init(_ slug: Slug, state: CaseState? = nil) {
        self.slug = slug
        self.state = state
    }
}

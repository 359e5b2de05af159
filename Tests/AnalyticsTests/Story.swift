import City
import Messages
import TestSupport

/// What happened in a city, made up from a seed, as the messages that tell of it.
struct Story {
    private(set) var told: [Told] = []
    private var random: SeededGenerator
    private var nextTransfer: Int64 = 0

    /// 2025-11-01T00:00 in Shanghai.
    static let start = Timestamp(rfc3339: "2025-11-01T00:00:00+08:00")!  // A valid moment.

    init(cases: Int, seed: UInt64) {
        random = SeededGenerator(seed: seed)
        for number in 1...cases { addCase(Int64(number)) }
    }

    /// Which step may follow a state, and what it leads to.
    private static let table: [CaseState: [(CaseChange, CaseState)]] = [
        .reported: [(.located, .filed), (.declined, .declined)],
        .filed: [(.dispatched, .dispatched), (.handledOnTheSpot, .handled), (.merged, .filed), (.voided, .void)],
        .dispatched: [(.accepted, .accepted), (.returned, .returned), (.escalated, .dispatched)],
        .accepted: [(.started, .handling), (.handled, .handled), (.returned, .returned)],
        .handling: [(.handled, .handled), (.escalated, .handling)],
        .handled: [(.closed, .closed), (.closed, .closed), (.reopened, .dispatched)],
        .returned: [(.dispatched, .dispatched), (.voided, .void)],
    ]

    private mutating func addCase(_ number: Int64) {
        let reportedAt = Self.start.advanced(bySeconds: Int64.random(in: 0..<40 * 86_400, using: &random))
        let category = SampleCity.categories.randomElement(using: &random) ?? CategoryCode("C0101")
        var state: CaseState = Int.random(in: 0..<10, using: &random) == 0 ? .reported : .filed
        var now = Story.publicCase(number, reportedAt: reportedAt, state: state)
        now.source = SampleCity.sources.randomElement(using: &random) ?? now.source
        now.category = category
        now.condition = ConditionCode("\(category)-1")
        now.grid = state == .reported ? nil : SampleCity.leaves.randomElement(using: &random)
        var at = reportedAt
        var steps = [CaseChanged.Step(version: 1, change: .filed, from: nil, to: state, at: at, by: "router")]
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            guard let (change, next) = Self.table[state]?.randomElement(using: &random) else { break }
            at = at.advanced(bySeconds: Int64.random(in: 1...7_200, using: &random))
            now.apply(change, to: next, at: at)
            if change == .located { now.grid = SampleCity.leaves.randomElement(using: &random) }
            steps.append(
                CaseChanged.Step(version: now.version, change: change, from: state, to: next, at: at, by: "p"))
            state = next
            // Some steps go together, others are told at once.
            if Bool.random(using: &random) { tell(&steps, now) }
            addMarks(of: now, at: at)
        }
        if !steps.isEmpty { tell(&steps, now) }
        addReport(of: now)
        if state == .closed { addPoints(of: now, at: at) }
    }

    private mutating func tell(_ steps: inout [CaseChanged.Step], _ now: PublicCase) {
        told.append(.change(CaseChanged(steps: steps, after: now, report: nil)))
        steps = []
    }

    private mutating func addMarks(of now: PublicCase, at: Timestamp) {
        guard Int.random(in: 0..<4, using: &random) == 0,
            let kind = ClockFired.Kind.allCases.randomElement(using: &random)
        else { return }
        for mark in ClockFired.Mark.allCases.prefix(Int.random(in: 1...3, using: &random)) {
            told.append(.mark(Story.fired(now.id, kind, mark, version: now.version, at: at)))
        }
    }

    private mutating func addReport(of now: PublicCase) {
        told.append(
            .report(
                ReportAccepted(
                    id: ReportID(now.id.value), trackingNumber: "T\(now.id)", source: now.source, sourceID: "x",
                    occurredAt: now.reportedAt, receivedAt: now.reportedAt, condition: now.condition, title: "t",
                    text: "", address: "", place: nil, grid: now.grid, unlocatedReason: nil, finder: nil,
                    onTheSpot: nil)))
        guard Int.random(in: 0..<5, using: &random) == 0 else { return }
        told.append(
            .rejection(
                ReportRejected(
                    id: now.id.value, source: now.source, receivedAt: now.reportedAt,
                    reasons: [.init(pointer: "/a", slug: "missing"), .init(pointer: "", slug: "too-old")])))
    }

    private mutating func addPoints(of now: PublicCase, at: Timestamp) {
        nextTransfer += 1
        let points = Int.random(in: 1...9, using: &random)
        func change(_ state: PointsChanged.State, _ at: Timestamp) -> Told {
            .points(
                PointsChanged(
                    transfer: nextTransfer, state: state, owner: PostCode("P1"), kind: "handling", points: points,
                    caseID: now.id, grid: now.grid, at: at, by: "reviewer"))
        }
        told.append(change(.pending, at))
        let end: [PointsChanged.State?] = [.posted, .posted, .voided, .expired, nil]
        guard let state = end.randomElement(using: &random) ?? nil else { return }
        told.append(change(state, at.advanced(bySeconds: Int64.random(in: 60...500_000, using: &random))))
    }
}

extension Story {
    static func publicCase(_ number: Int64, reportedAt: Timestamp, state: CaseState = .filed) -> PublicCase {
        PublicCase(
            id: CaseID(number), number: "SMP-\(number)", version: 1, state: state, source: SourceCode("patrol"),
            condition: ConditionCode("C0101-1"), category: CategoryCode("C0101"), severity: .general, path: .finder,
            title: "matter \(number)", grid: GridCode("S-A-1"),
            place: Coordinate(longitude: 103.905, latitude: 30.51), assignee: nil, finder: nil, handler: nil,
            assisting: [], onTheSpot: false, reports: 1, returns: 0, reworks: 0, escalations: 0, reportedAt: reportedAt,
            filedAt: reportedAt, dispatchedAt: nil, acceptedAt: nil, handledAt: nil, closedAt: nil, policyVersion: 1)
    }

    static func fired(
        _ id: CaseID, _ kind: ClockFired.Kind, _ mark: ClockFired.Mark, version: Int, at: Timestamp
    ) -> ClockFired {
        ClockFired(
            caseID: id, kind: kind, version: version, mark: mark, startedAt: at, deadline: at.advanced(bySeconds: 60),
            provisional: false, firedAt: at.advanced(bySeconds: 61), grid: nil)
    }
}

extension PublicCase {
    /// Takes one step, as far as these tests need it.
    mutating func apply(_ change: CaseChange, to next: CaseState, at: Timestamp) {
        version += 1
        state = next
        switch change {
        case .dispatched: dispatchedAt = at
        case .accepted: acceptedAt = at
        case .handledOnTheSpot:
            onTheSpot = true
            handledAt = at
        case .handled: handledAt = at
        case .closed: closedAt = at
        case .merged: reports += 1
        case .returned: returns += 1
        case .reopened:
            reworks += 1
            handledAt = nil
        case .escalated: escalations += 1
        default: break
        }
    }
}

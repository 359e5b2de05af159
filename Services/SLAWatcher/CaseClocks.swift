import City
import Messages

/// A case under watch: what is known of it, and its clocks.
struct CaseClocks: Hashable, Sendable {
    let id: CaseID
    var number: String
    /// Last version applied; what is not above it is old news.
    var version: Int
    var state: CaseState
    var grid: GridCode?
    /// When it came to its end; nil while it is open.
    var endedAt: Timestamp?
    /// At most one of a kind: the clock of the present stage, and beside it a paused handling clock.
    var clocks: [StageClock]

    func clock(_ kind: ClockFired.Kind) -> StageClock? { clocks.first { $0.kind == kind } }
}

/// A mark that a clock passed.
struct PassedMark: Hashable, Sendable {
    let caseID: CaseID
    let kind: ClockFired.Kind
    let version: Int
    let mark: ClockFired.Mark
    let startedAt: Timestamp
    /// The clock's deadline when it passed the mark.
    let deadline: Timestamp
    let provisional: Bool
    /// When the mark was passed; not when that was noticed.
    let dueAt: Timestamp
    let grid: GridCode?

    init(_ mark: ClockFired.Mark, dueAt: Timestamp, of clock: StageClock, caseID: CaseID, grid: GridCode?) {
        self.caseID = caseID
        kind = clock.kind
        version = clock.version
        self.mark = mark
        startedAt = clock.startedAt
        deadline = clock.deadline
        provisional = clock.provisional
        self.dueAt = dueAt
        self.grid = grid
    }

    /// When it fires: at once, and by no clock's error before it is due.
    func firingMoment(now: Timestamp) -> Timestamp { max(now, dueAt) }

    /// What others are told.
    func message(now: Timestamp) -> ClockFired {
        ClockFired(
            caseID: caseID, kind: kind, version: version, mark: mark, startedAt: startedAt, deadline: deadline,
            provisional: provisional, firedAt: firingMoment(now: now), grid: grid)
    }
}

/// How a clock ended: one fact for analysts.
struct ClockOutcome: Hashable, Sendable {
    let caseID: CaseID
    let kind: ClockFired.Kind
    let version: Int
    let startedAt: Timestamp
    let limit: TimeLimit
    let deadline: Timestamp
    let stoppedAt: Timestamp
    /// The stage was done, not broken off by a void, a decline or a change of assignee.
    let completed: Bool
    /// It stopped no later than its deadline.
    let met: Bool
    let provisional: Bool
    let grid: GridCode?
}

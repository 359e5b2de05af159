import City
import Messages
import Postgres

/// What people are shown of a case's clocks: those that run, the marks passed, how earlier ones ended.
struct ClockReport: Sendable {
    /// A mark on record.
    struct Fired: Sendable {
        let kind: ClockFired.Kind
        let version: Int
        let mark: ClockFired.Mark
        let dueAt: Timestamp
        let firedAt: Timestamp
    }

    let caseID: CaseID
    /// Nil when the case ended more than a day ago.
    let number: String?
    let grid: GridCode?
    let open: [StageClock]
    let fired: [Fired]
    let outcomes: [ClockOutcome]

    /// The clocks of a case, in one snapshot when `transaction` is one.
    ///
    /// - Parameter reference: A case's id, or its number while it is open and for a day after.
    /// - Returns: nil when no clock of such a case was ever kept.
    static func load(_ reference: String, in transaction: PostgresTransaction) throws -> ClockReport? {
        // A case's number ends with its id.
        let ending = Int64(reference.split(separator: "-", omittingEmptySubsequences: false).last ?? "") ?? 0
        let watched = try transaction.query(
            """
            SELECT case_id, number, grid FROM sla.watched_case
            WHERE case_id = \(ending) AND \(reference) IN (number, case_id::text)
            """, label: "watched case"
        ).decode((Int64, String?, String?).self).first
        guard let id = watched.map({ CaseID($0.0) }) ?? Int64(reference).map({ CaseID($0) }) else { return nil }
        let clocks = try ClockStore(partition: 0).load([id], in: transaction)[id]?.clocks ?? []
        let fired = try HistoryStore.fired(of: id, in: transaction)
        let outcomes = try HistoryStore.outcomes(of: id, in: transaction)
        guard watched != nil || !outcomes.isEmpty || !fired.isEmpty else { return nil }
        let grid = watched.map { $0.2.map { GridCode($0) } } ?? outcomes.last?.grid
        return ClockReport(
            caseID: id, number: watched?.1, grid: grid, open: clocks.sorted { $0.startedAt < $1.startedAt },
            fired: fired, outcomes: outcomes)
    }

    /// The report as JSON: moments as RFC 3339 in UTC, limits in words.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("case", caseID.value)
            writer.field("number", number)
            writer.field("grid", grid)
            writer.key("open")
            writer.array(open) { writer, clock in writer.object { write(clock, to: &$0) } }
            writer.key("fired")
            writer.array(fired) { writer, fired in
                writer.object {
                    $0.field("kind", fired.kind.rawValue)
                    $0.field("version", fired.version)
                    $0.field("mark", fired.mark.rawValue)
                    $0.field("dueAt", fired.dueAt)
                    $0.field("firedAt", fired.firedAt)
                }
            }
            writer.key("outcomes")
            writer.array(outcomes) { writer, outcome in
                writer.object {
                    $0.field("kind", outcome.kind.rawValue)
                    $0.field("version", outcome.version)
                    $0.field("startedAt", outcome.startedAt)
                    $0.field("limit", outcome.limit.text)
                    $0.field("deadline", outcome.deadline)
                    $0.field("stoppedAt", outcome.stoppedAt)
                    $0.field("completed", outcome.completed)
                    $0.field("met", outcome.met)
                    $0.field("provisional", outcome.provisional)
                }
            }
        }
    }

    private func write(_ clock: StageClock, to writer: inout JSONWriter) {
        writer.field("kind", clock.kind.rawValue)
        writer.field("version", clock.version)
        writer.field("startedAt", clock.startedAt)
        writer.field("limit", clock.limit.text)
        writer.field("assignee", clock.assignee)
        writer.field("paused", clock.isPaused)
        if clock.isPaused {
            // The time that counts, working time or all time, as the limit says.
            writer.field("remainingSeconds", clock.remaining.microseconds / 1_000_000)
        } else {
            writer.field("deadline", clock.deadline)
            writer.field("provisional", clock.provisional)
        }
        writer.field("nextMark", clock.nextMark?.rawValue)
        writer.field("nextDue", clock.nextDue)
        writer.field("breached", clock.nextMark == nil)
    }
}

import City
import Messages
import Postgres

/// All SQL of what clocks did: marks they passed, how they ended, deadlines that were counted anew. Rows are only added.
enum HistoryStore {
    /// Records marks as fired.
    ///
    /// - Returns: those that were not on record yet, in order. Only they may be told to others: the key is what makes
    ///   each fire once, whatever else went wrong.
    static func fire(
        _ marks: [PassedMark], now: Timestamp, in transaction: PostgresTransaction
    ) throws -> [PassedMark] {
        guard !marks.isEmpty else { return [] }
        let rows = try transaction.query(
            """
            INSERT INTO sla.fired (case_id, kind, version, mark, due_at, fired_at, deadline, provisional, grid)
            SELECT \(rows: marks.map(\.caseID.value), marks.map(\.kind.rawValue), marks.map { Int32($0.version) },
                marks.map(\.mark.rawValue), marks.map { PostgresTimestamp($0.dueAt) },
                marks.map { PostgresTimestamp($0.firingMoment(now: now)) },
                marks.map { PostgresTimestamp($0.deadline) }, marks.map(\.provisional),
                marks.map(\.grid?.rawValue))
            ON CONFLICT (case_id, kind, version, mark) DO NOTHING
            RETURNING case_id, kind, version, mark
            """, label: "fired")
        if rows.count == marks.count { return marks }
        let new = Set(
            try rows.decode((Int64, String, Int32, String).self).map { "\($0) \($1) \($2) \($3)" })
        return marks.filter { new.contains("\($0.caseID) \($0.kind.rawValue) \($0.version) \($0.mark.rawValue)") }
    }

    static func add(_ outcomes: [ClockOutcome], in transaction: PostgresTransaction) throws {
        guard !outcomes.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO sla.outcome (
                case_id, kind, version, started_at, limit_amount, limit_unit, deadline, stopped_at, completed, met,
                provisional, grid)
            SELECT \(rows: outcomes.map(\.caseID.value), outcomes.map(\.kind.rawValue),
                outcomes.map { Int32($0.version) }, outcomes.map { PostgresTimestamp($0.startedAt) },
                outcomes.map { Int32($0.limit.amount) }, outcomes.map(\.limit.unit.rawValue),
                outcomes.map { PostgresTimestamp($0.deadline) }, outcomes.map { PostgresTimestamp($0.stoppedAt) },
                outcomes.map(\.completed), outcomes.map(\.met), outcomes.map(\.provisional),
                outcomes.map(\.grid?.rawValue))
            ON CONFLICT (case_id, kind, version) DO NOTHING
            """, label: "outcomes")
    }

    /// Records deadlines that were counted anew.
    static func add(
        _ changes: [(row: ClockRow, before: StageClock, after: StageClock)], cityVersion: Int, now: Timestamp,
        in transaction: PostgresTransaction
    ) throws {
        guard !changes.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO sla.recomputation (
                case_id, kind, version, deadline_before, deadline_after, still_provisional, city_version, happened_at)
            SELECT \(rows: changes.map(\.row.caseID.value), changes.map(\.after.kind.rawValue),
                changes.map { Int32($0.after.version) }, changes.map { PostgresTimestamp($0.before.deadline) },
                changes.map { PostgresTimestamp($0.after.deadline) }, changes.map(\.after.provisional)),
                \(Int32(cityVersion)), \(PostgresTimestamp(now))
            """, label: "recomputations")
    }

    // MARK: Reading

    /// The marks on record for a case, in the order they were due.
    static func fired(of id: CaseID, in transaction: PostgresTransaction) throws -> [ClockReport.Fired] {
        try transaction.query(
            """
            SELECT kind, version, mark, due_at, fired_at FROM sla.fired WHERE case_id = \(id.value) ORDER BY due_at, version
            """, label: "fired of a case"
        ).decode((String, Int32, String, PostgresTimestamp, PostgresTimestamp).self).map {
            kind, version, mark, due, fired in
            ClockReport.Fired(
                kind: try stored(kind), version: Int(version), mark: try stored(mark), dueAt: Timestamp(due),
                firedAt: Timestamp(fired))
        }
    }

    /// How the clocks of a case ended, in order.
    static func outcomes(of id: CaseID, in transaction: PostgresTransaction) throws -> [ClockOutcome] {
        try transaction.query(
            "SELECT * FROM sla.outcome WHERE case_id = \(id.value) ORDER BY stopped_at, version",
            label: "outcomes of a case"
        ).map { row in
            ClockOutcome(
                caseID: id, kind: try stored(row["kind"].decode()), version: try row["version"].decode(),
                startedAt: Timestamp(try row["started_at"].decode()),
                limit: TimeLimit(try row["limit_amount"].decode(), try stored(row["limit_unit"].decode())),
                deadline: Timestamp(try row["deadline"].decode()),
                stoppedAt: Timestamp(try row["stopped_at"].decode()), completed: try row["completed"].decode(),
                met: try row["met"].decode(), provisional: try row["provisional"].decode(),
                grid: try row["grid"].decode(String?.self).map { GridCode($0) })
        }
    }
}

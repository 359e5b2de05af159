import City
import Messages
import Postgres

/// All SQL of clocks that run: what a lane reads before a batch and writes after it, a statement per table.
struct ClockStore {
    /// The lane's partition of `cases`. Clocks of other lanes are out of its sight.
    let partition: Int

    // MARK: Reading

    /// The cases among `ids` that are watched, with their clocks.
    func load(_ ids: [CaseID], in transaction: PostgresTransaction) throws -> [CaseID: CaseClocks] {
        let ids = ids.map(\.value)
        let pending = try transaction.enqueue(
            """
            SELECT case_id, number, version, state, grid, ended_at FROM sla.watched_case
            WHERE case_id = ANY (\(ids))
            """, label: "watched cases")
        // Not by a join: a server that has seen these tables empty, as they are when all is closed, would begin it with them.
        let clocks = try clocks("case_id = ANY (\(ids))", in: transaction)
        var cases: [CaseID: CaseClocks] = [:]
        let rows = try pending.rows().decode((Int64, String, Int32, String, String?, PostgresTimestamp?).self)
        for (id, number, version, state, grid, endedAt) in rows {
            cases[CaseID(id)] = CaseClocks(
                id: CaseID(id), number: number, version: Int(version), state: try stored(state),
                grid: grid.map { GridCode($0) }, endedAt: endedAt.map { Timestamp($0) }, clocks: [])
        }
        for (row, clock) in clocks { cases[row.caseID]?.clocks.append(clock) }
        return cases
    }

    /// The clocks that passed a mark by `moment`, the longest overdue first.
    func due(by moment: Timestamp, limit: Int, in transaction: PostgresTransaction) throws -> [(ClockRow, StageClock)] {
        try clocks(
            """
            partition = \(Int16(partition)) AND next_due <= \(PostgresTimestamp(moment))
            ORDER BY next_due LIMIT \(limit)
            """, in: transaction)
    }

    /// Running clocks with a presumed deadline, by case, from the one after `last` on.
    func provisional(
        after last: CaseID, limit: Int, in transaction: PostgresTransaction
    ) throws -> [(ClockRow, StageClock)] {
        try clocks(
            """
            partition = \(Int16(partition)) AND provisional AND next_due IS NOT NULL AND case_id > \(last.value)
            ORDER BY case_id LIMIT \(limit)
            """, in: transaction)
    }

    /// When the next mark of any clock of the lane is due.
    func earliestDue(in transaction: PostgresTransaction) throws -> Timestamp? {
        let row = try transaction.query(
            "SELECT min(next_due) FROM sla.clock WHERE partition = \(Int16(partition)) AND next_due IS NOT NULL",
            label: "earliest due"
        ).decode(PostgresTimestamp?.self).first
        return (row ?? nil).map { Timestamp($0) }
    }

    private func clocks(
        _ condition: SQL, in transaction: PostgresTransaction
    ) throws -> [(ClockRow, StageClock)] {
        // By position: looking a column up by name for every row of a batch costs more than reading it.
        try transaction.query(
            """
            SELECT case_id, grid, kind, version, started_at, limit_amount, limit_unit, assignee, running_since,
                   remaining_microseconds, deadline, provisional, next_mark, next_due
            FROM sla.clock WHERE \(condition)
            """, label: "clocks"
        ).map { row in
            let limit = TimeLimit(try row[5].decode(Int.self), try stored(row[6].decode()))
            let clock = StageClock(
                kind: try stored(row[2].decode()), version: try row[3].decode(),
                startedAt: Timestamp(try row[4].decode()), limit: limit,
                assignee: try row[7].decode(String?.self).map { PostCode($0) },
                runningSince: try row[8].decode(PostgresTimestamp?.self).map { Timestamp($0) },
                remaining: Allowance(
                    microseconds: try row[9].decode(), inWorkingTime: limit.unit.isWorkingTime),
                deadline: Timestamp(try row[10].decode()), provisional: try row[11].decode(),
                nextMark: try row[12].decode(String?.self).map { try stored($0) },
                nextDue: try row[13].decode(PostgresTimestamp?.self).map { Timestamp($0) })
            let grid = try row[1].decode(String?.self).map { GridCode($0) }
            return (ClockRow(caseID: CaseID(try row[0].decode()), grid: grid), clock)
        }
    }

    // MARK: Writing

    /// Stores cases and the difference between their clocks before and after.
    func save(
        _ cases: [CaseClocks], before: [CaseID: CaseClocks], in transaction: PostgresTransaction
    ) throws {
        var new: [(ClockRow, StageClock)] = []
        var changed: [(ClockRow, StageClock)] = []
        var gone: [(id: CaseID, kind: ClockFired.Kind)] = []
        for one in cases {
            let former = before[one.id]
            let row = ClockRow(caseID: one.id, grid: one.grid)
            for clock in one.clocks where former?.grid != one.grid || former?.clock(clock.kind) != clock {
                if former?.clock(clock.kind) == nil { new.append((row, clock)) } else { changed.append((row, clock)) }
            }
            for clock in former?.clocks ?? [] where one.clock(clock.kind) == nil { gone.append((one.id, clock.kind)) }
        }
        // What had no row when this transaction looked, behind the lane's guard, has none: nobody else inserts it. It is
        // spared ON CONFLICT, which costs half as much again.
        try insert(cases.filter { before[$0.id] == nil }, "", in: transaction)
        try insert(
            cases.filter { before[$0.id] != nil },
            """
            ON CONFLICT (case_id) DO UPDATE SET
                number = excluded.number, version = excluded.version, state = excluded.state, grid = excluded.grid,
                ended_at = excluded.ended_at, partition = excluded.partition
            """, in: transaction)
        if !gone.isEmpty {
            try transaction.enqueue(
                """
                DELETE FROM sla.clock
                USING (SELECT \(rows: gone.map(\.id.value), gone.map(\.kind.rawValue))) AS gone (id, kind)
                WHERE case_id = gone.id AND clock.kind = gone.kind
                """, label: "ended clocks")
        }
        try insert(new, "", in: transaction)
        try save(changed, in: transaction)
    }

    private func insert(_ cases: [CaseClocks], _ ifThere: SQL, in transaction: PostgresTransaction) throws {
        guard !cases.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO sla.watched_case (case_id, number, version, state, grid, ended_at, partition)
            SELECT \(rows: cases.map(\.id.value), cases.map(\.number), cases.map { Int32($0.version) },
                cases.map(\.state.rawValue), cases.map(\.grid?.rawValue),
                cases.map { $0.endedAt.map { PostgresTimestamp($0) } }), \(Int16(partition))
            \(ifThere)
            """, label: "watched cases")
    }

    /// Stores clocks as they are now, which may have a row.
    func save(_ clocks: [(row: ClockRow, clock: StageClock)], in transaction: PostgresTransaction) throws {
        try insert(
            clocks,
            """
            ON CONFLICT (case_id, kind) DO UPDATE SET
                version = excluded.version, partition = excluded.partition, started_at = excluded.started_at,
                limit_amount = excluded.limit_amount, limit_unit = excluded.limit_unit,
                running_since = excluded.running_since, remaining_microseconds = excluded.remaining_microseconds,
                deadline = excluded.deadline, provisional = excluded.provisional, next_mark = excluded.next_mark,
                next_due = excluded.next_due, assignee = excluded.assignee, grid = excluded.grid
            """, in: transaction)
    }

    private func insert(
        _ clocks: [(row: ClockRow, clock: StageClock)], _ ifThere: SQL, in transaction: PostgresTransaction
    ) throws {
        guard !clocks.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO sla.clock (
                case_id, grid, kind, version, started_at, limit_amount, limit_unit, assignee, running_since,
                remaining_microseconds, deadline, provisional, next_mark, next_due, partition)
            SELECT \(rows: clocks.map(\.row.caseID.value), clocks.map(\.row.grid?.rawValue),
                clocks.map(\.clock.kind.rawValue), clocks.map { Int32($0.clock.version) },
                clocks.map { PostgresTimestamp($0.clock.startedAt) }, clocks.map { Int32($0.clock.limit.amount) },
                clocks.map(\.clock.limit.unit.rawValue),
                clocks.map(\.clock.assignee?.rawValue),
                clocks.map { $0.clock.runningSince.map { PostgresTimestamp($0) } },
                clocks.map(\.clock.remaining.microseconds), clocks.map { PostgresTimestamp($0.clock.deadline) },
                clocks.map(\.clock.provisional), clocks.map(\.clock.nextMark?.rawValue),
                clocks.map { $0.clock.nextDue.map { PostgresTimestamp($0) } }), \(Int16(partition))
            \(ifThere)
            """, label: "clocks")
    }

    /// Stores at which marks clocks aim now; nothing else of them has changed.
    func saveMarks(_ clocks: [(row: ClockRow, clock: StageClock)], in transaction: PostgresTransaction) throws {
        guard !clocks.isEmpty else { return }
        try transaction.enqueue(
            """
            UPDATE sla.clock SET next_mark = m.mark, next_due = m.due
            FROM (
                SELECT \(rows: clocks.map(\.row.caseID.value), clocks.map(\.clock.kind.rawValue),
                    clocks.map(\.clock.nextMark?.rawValue),
                    clocks.map { $0.clock.nextDue.map { PostgresTimestamp($0) } })
            ) AS m (id, kind, mark, due)
            WHERE case_id = m.id AND clock.kind = m.kind
            """, label: "marks")
    }

    /// Forgets cases that ended before `moment`; at most `limit` of them.
    ///
    /// - Returns: how many were forgotten.
    func forget(endedBefore moment: Timestamp, limit: Int, in transaction: PostgresTransaction) throws -> Int {
        try transaction.execute(
            """
            DELETE FROM sla.watched_case WHERE case_id IN (
                SELECT case_id FROM sla.watched_case
                WHERE partition = \(Int16(partition)) AND ended_at < \(PostgresTimestamp(moment)) LIMIT \(limit))
            """, label: "forget ended cases")
    }
}

/// What a stored clock does not know of its case.
struct ClockRow: Hashable, Sendable {
    var caseID: CaseID
    var grid: GridCode?
}

/// A name this program has stored itself.
///
/// - Throws: ``UnreadableRow`` when it is of another program version.
func stored<Choice: RawRepresentable<String>>(_ name: String) throws -> Choice {
    guard let choice = Choice(rawValue: name) else { throw UnreadableRow(type: "\(Choice.self)") }
    return choice
}

/// A row holds a name this version of the program does not know.
struct UnreadableRow: Error, CustomStringConvertible {
    let type: String
    var description: String { "a stored \(type) is not known to this version" }
}

extension Timestamp {
    init(_ stored: PostgresTimestamp) { self.init(microseconds: stored.microseconds) }
}

extension PostgresTimestamp {
    init(_ moment: Timestamp) { self.init(microseconds: moment.microseconds) }
}

import City
import EventLog
import Postgres

/// All SQL of what daily caps look at, and of what they refused.
enum CapStore {
    /// Work of cases that a daily cap refused before.
    static func refused(cases: [CaseID], in transaction: PostgresTransaction) throws -> PostgresPending {
        try transaction.enqueue(
            """
            SELECT case_id, owner, kind, case_version FROM rewards.capped
            JOIN unnest(\(cases.map(\.value))) AS wanted (case_id) USING (case_id)
            """, label: "capped work of cases")
    }

    static func refused(_ pending: PostgresPending) throws -> Set<RefusedWork> {
        Set(
            try pending.rows().decode((Int64, String, String, Int32).self).map { id, owner, kind, version in
                RefusedWork(
                    key: ClaimKey(caseID: CaseID(id), owner: PostCode(owner), kind: kind), caseVersion: Int(version))
            })
    }

    /// Totals of days, locked until the transaction ends: a cap cannot be passed by two lanes at once.
    static func lockTotals(_ keys: Set<DayKey>, in transaction: PostgresTransaction) throws -> [DayKey: Int] {
        guard !keys.isEmpty else { return [:] }
        let rows = try transaction.query(
            """
            INSERT INTO rewards.day_total (owner, kind, day, points)
            SELECT owner, kind, day, 0
            FROM (SELECT \(rows: keys.map(\.owner.rawValue), keys.map(\.kind), keys.map { PostgresDate($0.day) }))
                AS k (owner, kind, day)
            ORDER BY owner, kind, day
            ON CONFLICT (owner, kind, day) DO UPDATE SET points = day_total.points
            RETURNING owner, kind, day, points
            """, label: "day totals"
        ).decode((String, String, PostgresDate, Int32).self)
        var totals: [DayKey: Int] = [:]
        for (owner, kind, day, points) in rows {
            totals[DayKey(owner: PostCode(owner), kind: kind, day: CivilDay(day))] = Int(points)
        }
        return totals
    }

    static func addToTotals(_ changes: [DayKey: Int], in transaction: PostgresTransaction) throws {
        guard !changes.isEmpty else { return }
        let changes = changes.map { (key: $0.key, points: $0.value) }
        // Every day that changes was locked or counted before, so that the rows are there.
        try transaction.enqueue(
            """
            WITH change AS (
                SELECT * FROM (
                    SELECT \(rows: changes.map(\.key.owner.rawValue), changes.map(\.key.kind),
                        changes.map { PostgresDate($0.key.day) }, changes.map { Int32($0.points) })
                ) AS c (owner, kind, day, points)
            ), locked AS (
                SELECT t.owner, t.kind, t.day, c.points
                FROM rewards.day_total t JOIN change c USING (owner, kind, day)
                ORDER BY t.owner, t.kind, t.day FOR NO KEY UPDATE OF t
            )
            UPDATE rewards.day_total t SET points = t.points + l.points FROM locked l
            WHERE t.owner = l.owner AND t.kind = l.kind AND t.day = l.day
            """, label: "day totals")
    }

    static func add(capped: [EarnedWork], now: Timestamp, in transaction: PostgresTransaction) throws {
        guard !capped.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO rewards.capped (case_id, owner, kind, case_version, day, points, happened_at)
            SELECT \(rows: capped.map(\.key.caseID.value), capped.map(\.key.owner.rawValue), capped.map(\.key.kind),
                capped.map { Int32($0.caseVersion) }, capped.map { PostgresDate($0.day) },
                capped.map { Int32($0.points) }), \(PostgresTimestamp(now))
            ON CONFLICT DO NOTHING
            """, label: "capped work")
    }
}

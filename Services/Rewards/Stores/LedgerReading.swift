import City
import EventLog
import Messages
import Postgres

/// SQL of what people read: statements of members, sums of all, the ledger as a journal.
enum LedgerReading {
    /// A member's balances and last entries.
    struct Statement: Sendable {
        struct Line: Sendable {
            let transfer: Int64
            let kind: String
            let points: Int
            let caseID: CaseID
            let state: PointsChanged.State
            let openedAt: Timestamp
            let resolvedAt: Timestamp?
            let reason: String?
        }

        var posted = 0
        var pending = 0
        /// The latest first.
        var lines: [Line] = []
    }

    /// The statement of a post; all zero for one that never earned anything.
    static func statement(
        of owner: PostCode, lines limit: Int, in transaction: PostgresTransaction
    ) throws -> Statement {
        let account = try transaction.query(
            "SELECT id, posted, pending FROM rewards.account WHERE kind = 'member' AND owner = \(owner.rawValue)",
            label: "account"
        ).decode((Int64, Int64, Int64).self).first
        guard let (id, posted, pending) = account else { return Statement() }
        let lines = try transaction.query(
            """
            SELECT t.id, t.kind, t.points, t.case_id, coalesce(r.state, 'pending'), t.opened_at, r.resolved_at, r.reason
            FROM rewards.transfer t LEFT JOIN rewards.resolution r ON r.transfer = t.id
            WHERE t.credit = \(id) ORDER BY t.id DESC LIMIT \(limit)
            """, label: "statement"
        ).decode((Int64, String, Int32, Int64, String, PostgresTimestamp, PostgresTimestamp?, String?).self)
        return Statement(
            posted: Int(posted), pending: Int(pending),
            lines: try lines.map { number, kind, points, caseID, state, opened, resolved, reason in
                Statement.Line(
                    transfer: number, kind: kind, points: Int(points), caseID: CaseID(caseID), state: try stored(state),
                    openedAt: Timestamp(opened), resolvedAt: resolved.map { Timestamp($0) }, reason: reason)
            })
    }

    /// All accounts of one kind together.
    struct Balance: Sendable {
        let kind: String
        let accounts: Int
        let posted: Int
        let pending: Int
    }

    static func balances(in transaction: PostgresTransaction) throws -> [Balance] {
        try transaction.query(
            """
            SELECT kind, count(*), sum(posted)::bigint, sum(pending)::bigint FROM rewards.account
            GROUP BY kind ORDER BY kind
            """, label: "balances"
        ).decode((String, Int64, Int64, Int64).self).map {
            Balance(kind: $0, accounts: Int($1), posted: Int($2), pending: Int($3))
        }
    }

    /// The ledger of some days as an hledger journal. Wants a transaction that sees one state of the database.
    ///
    /// - Parameter days: In the city's time zone, both included.
    static func journal(
        _ days: ClosedRange<CivilDay>, zone: TimeZoneRules, in transaction: PostgresTransaction
    ) throws -> String {
        let from = PostgresTimestamp(zone.timestamp(of: days.lowerBound, secondOfDay: 0))
        let end = PostgresTimestamp(zone.timestamp(of: days.upperBound.adding(days: 1), secondOfDay: 0))
        let entries = try transaction.query(
            """
            SELECT t.id, t.owner, t.kind, t.points, t.case_id, r.resolved_by, r.resolved_at
            FROM rewards.resolution r JOIN rewards.transfer t ON t.id = r.transfer
            WHERE r.state = 'posted' AND r.resolved_at >= \(from) AND r.resolved_at < \(end)
            ORDER BY r.resolved_at, t.id
            """, label: "journal"
        ).decode((Int64, String, String, Int32, Int64, String, PostgresTimestamp).self)
        return Journal.export(
            days: days, opening: try posted(before: from, in: transaction),
            entries: entries.map { id, owner, kind, points, caseID, reviewer, at in
                Journal.Entry(
                    transfer: id, day: zone.day(of: Timestamp(at)), owner: PostCode(owner), kind: kind,
                    points: Int(points), caseID: CaseID(caseID), reviewer: PostCode(reviewer))
            },
            closing: try posted(before: end, in: transaction))
    }

    /// Balances at a moment: those that are kept, less what was posted since.
    private static func posted(
        before moment: PostgresTimestamp, in transaction: PostgresTransaction
    ) throws -> [PostCode: Int] {
        let rows = try transaction.query(
            """
            SELECT a.owner, a.posted - coalesce(since.points, 0) FROM rewards.account a
            LEFT JOIN (
                SELECT t.credit, sum(t.points)::bigint AS points
                FROM rewards.resolution r JOIN rewards.transfer t ON t.id = r.transfer
                WHERE r.state = 'posted' AND r.resolved_at >= \(moment) GROUP BY t.credit
            ) since ON since.credit = a.id
            WHERE a.kind = 'member'
            """, label: "balances at a moment"
        ).decode((String, Int64).self)
        var balances: [PostCode: Int] = [:]
        for (owner, points) in rows where points != 0 { balances[PostCode(owner)] = Int(points) }
        return balances
    }
}

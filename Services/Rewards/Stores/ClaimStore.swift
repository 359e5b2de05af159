import City
import EventLog
import Messages
import Postgres

/// All SQL of claims.
///
/// Whoever changes claims locks in one order, so that writers cannot deadlock: claims by transfer, then day totals by
/// name, then accounts by number.
enum ClaimStore {
    // MARK: Reading

    /// Claims of cases, locked until the transaction ends.
    static func lock(cases: [CaseID], in transaction: PostgresTransaction) throws -> [Claim] {
        try lock("JOIN unnest(\(cases.map(\.value))) AS wanted (case_id) USING (case_id)", in: transaction)
    }

    /// Claims by their transfers, locked until the transaction ends.
    static func lock(transfers: [Int64], in transaction: PostgresTransaction) throws -> [Claim] {
        try lock("JOIN unnest(\(transfers)) AS wanted (transfer) USING (transfer)", in: transaction)
    }

    /// Pending claims of a lane whose review is overdue, locked until the transaction ends.
    static func lockOverdue(
        partition: Int, now: Timestamp, limit: Int, in transaction: PostgresTransaction
    ) throws -> [Claim] {
        // The condition stands twice: a claim may be reviewed while this waits for its lock.
        try lock(
            """
            JOIN (
                SELECT transfer FROM rewards.claim
                WHERE partition = \(Int16(partition)) AND state = 'pending' AND expires_at <= \(PostgresTimestamp(now))
                ORDER BY expires_at LIMIT \(limit)
            ) AS overdue USING (transfer) WHERE c.state = 'pending'
            """, in: transaction)
    }

    /// - Parameter join: Each claim at most once. A join, as a plan made while the table was small must not stay with
    ///   reading all of it when it has grown.
    private static func lock(_ join: SQL, in transaction: PostgresTransaction) throws -> [Claim] {
        try transaction.query(
            "\(select) \(join) ORDER BY transfer FOR NO KEY UPDATE OF c", label: "claims"
        ).map(claim)
    }

    /// When the next pending claim of a lane expires.
    static func earliestExpiry(partition: Int, in transaction: PostgresTransaction) throws -> Timestamp? {
        let row = try transaction.query(
            "SELECT min(expires_at) FROM rewards.claim WHERE partition = \(Int16(partition)) AND state = 'pending'",
            label: "earliest expiry"
        ).decode(PostgresTimestamp?.self).first
        return (row ?? nil).map { Timestamp($0) }
    }

    /// What a page of claims shows.
    struct Filter: Sendable {
        var state: PointsChanged.State
        /// Grids whose reviewer decides; nil: any.
        var reviewGrids: [GridCode]?
        /// Grids the work was done in; nil: any.
        var grids: [GridCode]?
        /// Only claims with a higher transfer number.
        var after: Int64
        var limit: Int
    }

    static func page(_ filter: Filter, in transaction: PostgresTransaction) throws -> [Claim] {
        let conditions: [SQL?] = [
            // Spelled out, not bound, for the partial index of pending claims.
            "state = '\(unescaped: filter.state.rawValue)'",
            "transfer > \(filter.after)",
            filter.reviewGrids.map { "review_grid = ANY(\($0.map(\.rawValue)))" },
            filter.grids.map { "grid = ANY(\($0.map(\.rawValue)))" },
        ]
        return try transaction.query(
            """
            \(select) WHERE \(conditions.compactMap { $0 }.joined(separator: " AND "))
            ORDER BY transfer LIMIT \(filter.limit)
            """,
            label: "page of claims"
        ).map(claim)
    }

    private static let select: SQL = """
        SELECT case_id, owner, kind, transfer, account, points, grid, review_grid, earned_on, opened_at, expires_at,
               case_version, state, resolved_by
        FROM rewards.claim c
        """

    private static func claim(_ row: PostgresRow) throws -> Claim {
        Claim(
            key: ClaimKey(
                caseID: CaseID(try row["case_id"].decode()), owner: PostCode(try row["owner"].decode(String.self)),
                kind: try row["kind"].decode()),
            transfer: try row["transfer"].decode(), account: try row["account"].decode(),
            points: try row["points"].decode(), grid: try row["grid"].decode(String?.self).map { GridCode($0) },
            reviewGrid: GridCode(try row["review_grid"].decode(String.self)),
            day: CivilDay(try row["earned_on"].decode()), openedAt: Timestamp(try row["opened_at"].decode()),
            expiresAt: Timestamp(try row["expires_at"].decode()), caseVersion: try row["case_version"].decode(),
            state: try stored(row["state"].decode()), resolvedBy: try row["resolved_by"].decode())
    }

    /// Version of each case from which on its claims do not hold.
    static func withdrawn(cases: [CaseID], in transaction: PostgresTransaction) throws -> PostgresPending {
        try transaction.enqueue(
            """
            SELECT case_id, case_version FROM rewards.withdrawal
            JOIN unnest(\(cases.map(\.value))) AS wanted (case_id) USING (case_id)
            """,
            label: "withdrawals")
    }

    static func withdrawn(_ pending: PostgresPending) throws -> [CaseID: Int] {
        Dictionary(
            uniqueKeysWithValues: try pending.rows().decode((Int64, Int32).self).map { (CaseID($0), Int($1)) })
    }

    // MARK: Writing

    /// Stores claims as they stand.
    static func save(_ claims: [Claim], partition: Int, in transaction: PostgresTransaction) throws {
        guard !claims.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO rewards.claim (
                case_id, owner, kind, transfer, account, points, grid, review_grid, earned_on, opened_at, expires_at,
                case_version, state, resolved_by, partition)
            SELECT \(rows: claims.map(\.key.caseID.value), claims.map(\.key.owner.rawValue), claims.map(\.key.kind),
                claims.map(\.transfer), claims.map(\.account), claims.map { Int32($0.points) },
                claims.map(\.grid?.rawValue), claims.map(\.reviewGrid.rawValue),
                claims.map { PostgresDate($0.day) }, claims.map { PostgresTimestamp($0.openedAt) },
                claims.map { PostgresTimestamp($0.expiresAt) }, claims.map { Int32($0.caseVersion) },
                claims.map(\.state.rawValue), claims.map(\.resolvedBy)), \(Int16(partition))
            ON CONFLICT (case_id, owner, kind) DO UPDATE SET
                transfer = excluded.transfer, points = excluded.points, grid = excluded.grid,
                review_grid = excluded.review_grid, earned_on = excluded.earned_on, opened_at = excluded.opened_at,
                expires_at = excluded.expires_at, case_version = excluded.case_version, state = excluded.state,
                resolved_by = excluded.resolved_by, partition = excluded.partition
            """, label: "claims")
    }

    /// Stores that claims were resolved; their lane stays what it is.
    static func resolve(_ claims: [Claim], in transaction: PostgresTransaction) throws {
        guard !claims.isEmpty else { return }
        try transaction.enqueue(
            """
            UPDATE rewards.claim SET state = r.state, resolved_by = r.resolved_by
            FROM (SELECT \(rows: claims.map(\.transfer), claims.map(\.state.rawValue), claims.map(\.resolvedBy)))
                AS r (transfer, state, resolved_by)
            WHERE claim.transfer = r.transfer
            """, label: "resolved claims")
    }

    /// Remembers that claims of earlier versions of these cases do not hold.
    static func save(withdrawn: [CaseID: Int], in transaction: PostgresTransaction) throws {
        guard !withdrawn.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO rewards.withdrawal (case_id, case_version)
            SELECT \(rows: withdrawn.map(\.key.value), withdrawn.map { Int32($0.value) })
            ON CONFLICT (case_id) DO UPDATE SET case_version = excluded.case_version
            """, label: "withdrawals")
    }
}

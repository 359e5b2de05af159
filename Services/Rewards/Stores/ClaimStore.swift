import City
import Messages
import Postgres

/// All SQL of claims and of what daily caps look at.
///
/// Whoever changes claims locks in one order, so that writers cannot deadlock: claims by transfer, then day totals by
/// name, then accounts by number.
enum ClaimStore {
    // MARK: Reading

    /// Claims that satisfy a condition, locked until the transaction ends, in the order of their transfers.
    static func lock(_ condition: SQL, limit: Int? = nil, in transaction: PostgresTransaction) throws -> [Claim] {
        try transaction.query(
            "\(select) WHERE \(condition) ORDER BY transfer LIMIT \(limit.map { Int64($0) }) FOR NO KEY UPDATE",
            label: "claims"
        ).map(claim)
    }

    /// Claims of cases.
    static func lock(cases: [CaseID], in transaction: PostgresTransaction) throws -> [Claim] {
        try lock("case_id = ANY(\(cases.map(\.value)))", in: transaction)
    }

    /// Claims by their transfers.
    static func lock(transfers: [Int64], in transaction: PostgresTransaction) throws -> [Claim] {
        try lock("transfer = ANY(\(transfers))", in: transaction)
    }

    /// Pending claims of a lane whose review is overdue.
    static func lockOverdue(
        partition: Int, now: Timestamp, limit: Int, in transaction: PostgresTransaction
    ) throws -> [Claim] {
        try lock(
            "partition = \(Int16(partition)) AND state = 'pending' AND expires_at <= \(PostgresTimestamp(now))",
            limit: limit, in: transaction)
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
        /// Grids whose reviewer decides.
        var reviewGrids: [GridCode]
        /// Grids the work was done in; nil: any.
        var grids: [GridCode]?
        /// Only claims with a higher transfer number.
        var after: Int64
        var limit: Int
    }

    static func page(_ filter: Filter, in transaction: PostgresTransaction) throws -> [Claim] {
        let grids = filter.grids?.map(\.rawValue)
        let inGrids: SQL = grids.map { "AND grid = ANY(\($0))" } ?? ""
        // The state is spelled out for the partial index of pending claims.
        return try transaction.query(
            """
            \(select) WHERE state = '\(unescaped: filter.state.rawValue)' AND transfer > \(filter.after)
                AND review_grid = ANY(\(filter.reviewGrids.map(\.rawValue))) \(inGrids)
            ORDER BY transfer LIMIT \(filter.limit)
            """, label: "page of claims"
        ).map(claim)
    }

    private static let select: SQL = """
        SELECT case_id, owner, kind, transfer, account, points, grid, review_grid, earned_on, opened_at, expires_at,
               case_version, state, resolved_by
        FROM rewards.claim
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

    /// Work of cases that the daily cap refused before.
    static func refused(cases: [CaseID], in transaction: PostgresTransaction) throws -> PostgresPending {
        try transaction.enqueue(
            """
            SELECT case_id, owner, kind, case_version FROM rewards.capped WHERE case_id = ANY(\(cases.map(\.value)))
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
        let keys = keys.sorted()
        let rows = try transaction.query(
            """
            INSERT INTO rewards.day_total (owner, kind, day, points)
            SELECT owner, kind, day, 0 FROM unnest(\(keys.map(\.owner.rawValue)), \(keys.map(\.kind)),
                                                   \(keys.map { PostgresDate($0.day) })) AS k (owner, kind, day)
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

    // MARK: Writing

    /// Stores claims as they stand.
    static func save(_ claims: [Claim], partition: Int, in transaction: PostgresTransaction) throws {
        guard !claims.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO rewards.claim (
                case_id, owner, kind, transfer, account, points, grid, review_grid, earned_on, opened_at, expires_at,
                case_version, state, resolved_by, partition)
            SELECT *, \(Int16(partition)) FROM unnest(
                \(claims.map(\.key.caseID.value)), \(claims.map(\.key.owner.rawValue)), \(claims.map(\.key.kind)),
                \(claims.map(\.transfer)), \(claims.map(\.account)), \(claims.map { Int32($0.points) }),
                \(claims.map(\.grid?.rawValue)), \(claims.map(\.reviewGrid.rawValue)),
                \(claims.map { PostgresDate($0.day) }), \(claims.map { PostgresTimestamp($0.openedAt) }),
                \(claims.map { PostgresTimestamp($0.expiresAt) }), \(claims.map { Int32($0.caseVersion) }),
                \(claims.map(\.state.rawValue)), \(claims.map(\.resolvedBy)))
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
            FROM unnest(\(claims.map(\.transfer)), \(claims.map(\.state.rawValue)), \(claims.map(\.resolvedBy)))
                AS r (transfer, state, resolved_by)
            WHERE claim.transfer = r.transfer
            """, label: "resolved claims")
    }

    static func addToTotals(_ changes: [DayKey: Int], in transaction: PostgresTransaction) throws {
        guard !changes.isEmpty else { return }
        let changes = changes.sorted { $0.key < $1.key }
        try transaction.enqueue(
            """
            INSERT INTO rewards.day_total (owner, kind, day, points)
            SELECT * FROM unnest(\(changes.map(\.key.owner.rawValue)), \(changes.map(\.key.kind)),
                                 \(changes.map { PostgresDate($0.key.day) }), \(changes.map { Int32($0.value) }))
                AS c (owner, kind, day, points)
            ORDER BY owner, kind, day
            ON CONFLICT (owner, kind, day) DO UPDATE SET points = day_total.points + excluded.points
            """, label: "day totals")
    }

    static func add(capped: [EarnedWork], now: Timestamp, in transaction: PostgresTransaction) throws {
        guard !capped.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO rewards.capped (case_id, owner, kind, case_version, day, points, happened_at)
            SELECT *, \(PostgresTimestamp(now)) FROM unnest(
                \(capped.map(\.key.caseID.value)), \(capped.map(\.key.owner.rawValue)), \(capped.map(\.key.kind)),
                \(capped.map { Int32($0.caseVersion) }), \(capped.map { PostgresDate($0.day) }),
                \(capped.map { Int32($0.points) }))
            ON CONFLICT DO NOTHING
            """, label: "capped work")
    }
}

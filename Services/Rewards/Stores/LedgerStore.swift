import City
import Messages
import Postgres

/// All SQL of accounts and of the ledger's entries, which are only ever added.
enum LedgerStore {
    /// Accounts of members, made where there are none.
    static func accounts(of owners: Set<PostCode>, in transaction: PostgresTransaction) throws -> PostgresPending {
        let owners = owners.sorted().map(\.rawValue)
        try transaction.enqueue(
            """
            INSERT INTO rewards.account (kind, owner) SELECT 'member', owner FROM unnest(\(owners)) AS owner
            WHERE NOT EXISTS (SELECT 1 FROM rewards.account a WHERE a.kind = 'member' AND a.owner = owner)
            ORDER BY owner ON CONFLICT DO NOTHING
            """, label: "new accounts")
        return try transaction.enqueue(
            "SELECT owner, id FROM rewards.account WHERE kind = 'member' AND owner = ANY(\(owners))",
            label: "accounts")
    }

    static func accounts(_ pending: PostgresPending) throws -> [PostCode: Int64] {
        Dictionary(
            uniqueKeysWithValues: try pending.rows().decode((String, Int64).self).map { (PostCode($0), $1) })
    }

    /// Numbers for new transfers, ascending. Those not used are lost, which leaves gaps and nothing else.
    static func reserveNumbers(_ count: Int, in transaction: PostgresTransaction) throws -> PostgresPending {
        try transaction.enqueue(
            """
            SELECT nextval(pg_get_serial_sequence('rewards.transfer', 'id')) AS id
            FROM generate_series(1, \(count)) ORDER BY id
            """, label: "transfer numbers")
    }

    /// Stores entries and moves balances and day totals with them.
    static func add(
        _ entries: [LedgerEntry], cityVersion: Int, now: Timestamp, in transaction: PostgresTransaction
    ) throws {
        guard !entries.isEmpty else { return }
        var opened: [Claim] = []
        var resolved: [(claim: Claim, reason: String?)] = []
        for entry in entries {
            switch entry {
            case .opened(let claim): opened.append(claim)
            case .resolved(let claim, let reason): resolved.append((claim, reason))
            }
        }
        try insert(opened, cityVersion: cityVersion, in: transaction)
        try insert(resolved, now: now, in: transaction)
        try ClaimStore.addToTotals(Ledger.dayChanges(entries), in: transaction)
        let movements = Ledger.movements(entries).sorted { $0.key < $1.key }
        try transaction.enqueue(
            """
            SELECT rewards.move(\(movements.map(\.key)), \(movements.map { Int64($0.value.posted) }),
                                \(movements.map { Int64($0.value.pending) }))
            """, label: "balances")
    }

    private static func insert(_ opened: [Claim], cityVersion: Int, in transaction: PostgresTransaction) throws {
        guard !opened.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO rewards.transfer (
                id, debit, credit, points, kind, case_id, owner, grid, review_grid, city_version, earned_on, opened_at,
                expires_at)
            OVERRIDING SYSTEM VALUE
            SELECT id, \(Ledger.pool), credit, points, kind, case_id, owner, grid, review_grid, \(Int32(cityVersion)),
                   earned_on, opened_at, expires_at
            FROM unnest(
                \(opened.map(\.transfer)), \(opened.map(\.account)), \(opened.map { Int32($0.points) }),
                \(opened.map(\.key.kind)), \(opened.map(\.key.caseID.value)), \(opened.map(\.key.owner.rawValue)),
                \(opened.map(\.grid?.rawValue)), \(opened.map(\.reviewGrid.rawValue)),
                \(opened.map { PostgresDate($0.day) }), \(opened.map { PostgresTimestamp($0.openedAt) }),
                \(opened.map { PostgresTimestamp($0.expiresAt) }))
                AS t (id, credit, points, kind, case_id, owner, grid, review_grid, earned_on, opened_at, expires_at)
            """, label: "transfers")
    }

    private static func insert(
        _ resolved: [(claim: Claim, reason: String?)], now: Timestamp, in transaction: PostgresTransaction
    ) throws {
        guard !resolved.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO rewards.resolution (transfer, state, resolved_by, reason, resolved_at)
            SELECT *, \(PostgresTimestamp(now)) FROM unnest(
                \(resolved.map(\.claim.transfer)), \(resolved.map(\.claim.state.rawValue)),
                \(resolved.map { $0.claim.resolvedBy ?? Ledger.system }), \(resolved.map(\.reason)))
            """, label: "resolutions")
    }

    // MARK: Reading

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

    /// Balances of all members together, and of the pool.
    struct Summary: Sendable {
        let members: Int
        let posted: Int
        let pending: Int
        let poolPosted: Int
        let poolPending: Int
    }

    static func summary(in transaction: PostgresTransaction) throws -> Summary {
        let row = try transaction.query(
            """
            SELECT count(*) FILTER (WHERE kind = 'member'),
                   coalesce(sum(posted) FILTER (WHERE kind = 'member'), 0)::bigint,
                   coalesce(sum(pending) FILTER (WHERE kind = 'member'), 0)::bigint,
                   coalesce(sum(posted) FILTER (WHERE kind = 'scheme-pool'), 0)::bigint,
                   coalesce(sum(pending) FILTER (WHERE kind = 'scheme-pool'), 0)::bigint
            FROM rewards.account
            """, label: "summary"
        ).decode((Int64, Int64, Int64, Int64, Int64).self)[0]
        return Summary(
            members: Int(row.0), posted: Int(row.1), pending: Int(row.2), poolPosted: Int(row.3),
            poolPending: Int(row.4))
    }

    /// The whole ledger as an hledger journal, its days in the city's time zone.
    static func journal(zone: TimeZoneRules, in transaction: PostgresTransaction) throws -> String {
        let entries = try transaction.query(
            """
            SELECT t.id, t.owner, t.kind, t.points, t.case_id, r.resolved_by, r.resolved_at
            FROM rewards.resolution r JOIN rewards.transfer t ON t.id = r.transfer
            WHERE r.state = 'posted' ORDER BY r.resolved_at, t.id
            """, label: "journal"
        ).decode((Int64, String, String, Int32, Int64, String, PostgresTimestamp).self)
        let balances = try transaction.query(
            "SELECT owner, posted FROM rewards.account WHERE kind = 'member' AND posted <> 0 ORDER BY owner",
            label: "balances"
        ).decode((String, Int64).self)
        return Journal.export(
            entries: entries.map { id, owner, kind, points, caseID, reviewer, at in
                Journal.Entry(
                    transfer: id, day: zone.day(of: Timestamp(at)), owner: PostCode(owner), kind: kind,
                    points: Int(points), caseID: CaseID(caseID), reviewer: reviewer)
            },
            balances: balances.map { (PostCode($0), Int($1)) })
    }
}

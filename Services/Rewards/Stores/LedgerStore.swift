import City
import EventLog
import Messages
import Postgres

/// All SQL of accounts and of the ledger's entries, which are only ever added.
enum LedgerStore {
    /// Accounts of members, made where there are none.
    static func accounts(of owners: Set<PostCode>, in transaction: PostgresTransaction) throws -> PostgresPending {
        let owners = owners.sorted().map(\.rawValue)
        try transaction.enqueue(
            """
            INSERT INTO rewards.account (kind, owner) SELECT 'member', new.owner FROM unnest(\(owners)) AS new (owner)
            WHERE NOT EXISTS (SELECT FROM rewards.account a WHERE a.kind = 'member' AND a.owner = new.owner)
            ORDER BY new.owner ON CONFLICT DO NOTHING
            """, label: "new accounts")
        return try transaction.enqueue(
            """
            SELECT owner, id FROM rewards.account JOIN unnest(\(owners)) AS wanted (owner) USING (owner)
            WHERE kind = 'member'
            """,
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

    /// Stores entries. Their effect on balances follows with ``move(_:in:)``.
    static func add(
        _ entries: [LedgerEntry], cityVersion: Int, now: Timestamp, in transaction: PostgresTransaction
    ) throws {
        var opened: [Claim] = []
        var resolved: [(claim: Claim, reason: String?)] = []
        for entry in entries {
            switch entry {
            case .opened(let claim): opened.append(claim)
            case .resolved(let claim, let reason): resolved.append((claim, reason))
            }
        }
        let rules = PlantedFault.awardWithoutRuleVersion.isActive ? 0 : cityVersion
        try insert(opened, cityVersion: rules, in: transaction)
        try insert(resolved, now: now, in: transaction)
    }

    /// Moves what daily caps look at, and balances, as entries demand. Comes last in a transaction: the pool's row is
    /// everybody's.
    static func move(_ entries: [LedgerEntry], in transaction: PostgresTransaction) throws {
        guard !entries.isEmpty else { return }
        try CapStore.addToTotals(Ledger.dayChanges(entries), in: transaction)
        let movements = Ledger.movements(entries).map { (account: $0.key, by: $0.value) }
        if PlantedFault.readThenWriteBalance.isActive { return try moveFromMemory(movements, in: transaction) }
        try transaction.enqueue(
            """
            SELECT rewards.move(\(movements.map(\.account)), \(movements.map { Int64($0.by.posted) }),
                                \(movements.map { Int64($0.by.pending) }))
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
            FROM (SELECT \(rows: opened.map(\.transfer), opened.map(\.account), opened.map { Int32($0.points) },
                opened.map(\.key.kind), opened.map(\.key.caseID.value), opened.map(\.key.owner.rawValue),
                opened.map(\.grid?.rawValue), opened.map(\.reviewGrid.rawValue),
                opened.map { PostgresDate($0.day) }, opened.map { PostgresTimestamp($0.openedAt) },
                opened.map { PostgresTimestamp($0.expiresAt) }))
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
            SELECT \(rows: resolved.map(\.claim.transfer), resolved.map(\.claim.state.rawValue),
                resolved.map { $0.claim.resolvedBy ?? Ledger.system }, resolved.map(\.reason)),
                \(PostgresTimestamp(now))
            """, label: "resolutions")
    }
}

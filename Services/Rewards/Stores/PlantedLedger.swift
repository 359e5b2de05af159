import EventLog
import Postgres

/// A ledger as it must not be. Nothing here runs in a release build; see `PlantedFault`.
extension LedgerStore {
    /// Reads balances without a lock, thinks, and writes what it worked out from them.
    static func moveFromMemory(
        _ movements: [(account: Int64, by: Ledger.Movement)], in transaction: PostgresTransaction
    ) throws {
        let movements = Dictionary(uniqueKeysWithValues: movements.map { ($0.account, $0.by) })
        let balances = try transaction.query(
            """
            /* read-then-write-balance */
            SELECT id, posted, pending FROM rewards.account WHERE id = ANY(\(movements.keys.sorted()))
            """
        ).decode((Int64, Int64, Int64).self)
        _ = try transaction.query("SELECT pg_sleep(0.5)")
        try transaction.enqueue(
            """
            UPDATE rewards.account a SET posted = m.posted, pending = m.pending
            FROM (
                SELECT \(rows: balances.map(\.0), balances.map { $0.1 + Int64(movements[$0.0]?.posted ?? 0) },
                    balances.map { $0.2 + Int64(movements[$0.0]?.pending ?? 0) })
            ) AS m (id, posted, pending)
            WHERE a.id = m.id
            """)
    }
}

extension RewardsSchema {
    /// A schema without the trigger that keeps all balances together zero; empty but where that is asked for.
    static var planted: [PostgresMigration] {
        guard PlantedFault.missingConstraintTrigger.isActive else { return [] }
        return [
            PostgresMigration(
                number: 2, name: "missing-constraint-trigger", sql: "DROP TRIGGER account_moved ON rewards.account")
        ]
    }
}

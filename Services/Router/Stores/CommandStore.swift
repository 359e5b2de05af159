import City
import EventLog
import Messages
import Postgres

/// SQL of commands and their receipts.
enum CommandStore {
    static func issue(
        _ cases: [CaseID], nodes: [String], at: Timestamp, in transaction: PostgresTransaction
    ) throws {
        guard !cases.isEmpty, !nodes.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO routing.command (case_id, node, issued_at)
            SELECT c, n, \(PostgresTimestamp(at)) FROM unnest(\(cases.map(\.value))) c CROSS JOIN unnest(\(nodes)) n
            ON CONFLICT DO NOTHING
            """)
    }

    /// Which of the pairs were commanded, by ``key(_:_:)``, and whether the node has acknowledged.
    static func receipts(
        of pairs: [(caseID: CaseID, node: String)], in transaction: PostgresTransaction
    ) throws -> [String: Bool] {
        guard !pairs.isEmpty else { return [:] }
        let rows = try transaction.query(
            """
            SELECT c.case_id, c.node, c.acknowledged_at IS NOT NULL
            FROM (SELECT \(rows: pairs.map(\.caseID.value), pairs.map(\.node))) AS p (case_id, node)
            JOIN routing.command c ON c.case_id = p.case_id AND c.node = p.node
            """)
        return Dictionary(
            try rows.decode((Int64, String, Bool).self).map { (key(CaseID($0.0), $0.1), $0.2) },
            uniquingKeysWith: { first, _ in first })
    }

    static func acknowledge(
        _ receipts: [(caseID: CaseID, node: String, at: Timestamp)], in transaction: PostgresTransaction
    ) throws {
        guard !receipts.isEmpty else { return }
        try transaction.enqueue(
            """
            UPDATE routing.command c SET acknowledged_at = r.at
            FROM (SELECT \(rows: receipts.map(\.caseID.value), receipts.map(\.node),
                        receipts.map { PostgresTimestamp($0.at) })) AS r (case_id, node, at)
            WHERE c.case_id = r.case_id AND c.node = r.node AND c.acknowledged_at IS NULL
            """)
    }

    static func key(_ caseID: CaseID, _ node: String) -> String { "\(caseID)/\(node)" }
}

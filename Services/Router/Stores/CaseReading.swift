import City
import EventLog
import Messages
import Postgres

/// SQL of what people read.
enum CaseReading {
    /// A case by its number or its id.
    static func find(_ name: String, session: PostgresSession) throws -> PublicCase? {
        guard let id = caseID(name) else { return nil }
        let rows = try session.query("SELECT document FROM routing.\"case\" WHERE id = \(id.value)")
        guard let row = rows.first else { return nil }
        let found = try PublicCase(json: JSONDocument(try row.decode([UInt8].self)).root)
        // A full number must be right in all its parts.
        return name == found.number || name == id.description ? found : nil
    }

    /// The id that stands last in a case's number.
    static func caseID(_ name: String) -> CaseID? {
        guard let last = name.split(separator: "-").last, let id = Int64(last), id > 0 else { return nil }
        return CaseID(id)
    }

    struct HistoryEntry {
        var version: Int
        var change: String
        var from: String?
        var to: String
        var at: Timestamp
        var by: String
        var reason: String?
        var policyVersion: Int?
        var rule: String?
        var inputs: String?
    }

    static func history(_ id: CaseID, session: PostgresSession) throws -> [HistoryEntry] {
        let rows = try session.query(
            """
            SELECT version, change, from_state, to_state, at, by_whom, reason, policy_version, rule, inputs
            FROM routing.history WHERE case_id = \(id.value) ORDER BY version
            """)
        return try rows.decode(
            (Int32, String, String?, String, PostgresTimestamp, String, String?, Int32?, String?, String?).self
        ).map {
            HistoryEntry(
                version: Int($0.0), change: $0.1, from: $0.2, to: $0.3, at: Timestamp($0.4), by: $0.5, reason: $0.6,
                policyVersion: $0.7.map { Int($0) }, rule: $0.8, inputs: $0.9)
        }
    }

    /// Open cases that a post must act on, oldest first.
    static func worklist(_ post: PostCode, after: CaseID, limit: Int, session: PostgresSession) throws -> [[UInt8]] {
        try session.query(
            """
            SELECT document FROM routing."case"
            WHERE is_open AND assignee = \(post.rawValue) AND id > \(after.value) ORDER BY id LIMIT \(Int64(limit))
            """
        ).decode([UInt8].self)
    }

    /// Open cases that are with nobody: they wait for a dispatcher.
    static func manualDesk(after: CaseID, limit: Int, session: PostgresSession) throws -> [[UInt8]] {
        try session.query(
            """
            SELECT document FROM routing."case"
            WHERE is_open AND assignee IS NULL AND id > \(after.value) ORDER BY id LIMIT \(Int64(limit))
            """
        ).decode([UInt8].self)
    }

    static func receipts(
        _ id: CaseID, session: PostgresSession
    ) throws -> [(node: String, issuedAt: Timestamp, acknowledgedAt: Timestamp?)] {
        let rows = try session.query(
            "SELECT node, issued_at, acknowledged_at FROM routing.command WHERE case_id = \(id.value) ORDER BY node")
        return try rows.decode((String, PostgresTimestamp, PostgresTimestamp?).self).map {
            ($0.0, Timestamp($0.1), $0.2.map { Timestamp($0) })
        }
    }
}

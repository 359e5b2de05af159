import City
import EventLog
import Messages
import Postgres

/// Reads cases from the router's tables, for whoever plays the people that work on them.
enum CaseLookup {
    /// A case and when it last changed.
    struct Found: Sendable {
        var now: PublicCase
        var changedAt: Timestamp
    }

    /// The cases that reports went to.
    static func cases(ofReports reports: [Int64], session: PostgresSession) throws -> [Int64: CaseID] {
        guard !reports.isEmpty else { return [:] }
        let rows = try session.query(
            "SELECT report_id, case_id FROM routing.history WHERE report_id = ANY(\(reports))"
        ).decode((Int64, Int64).self)
        return Dictionary(rows.map { ($0.0, CaseID($0.1)) }, uniquingKeysWith: { first, _ in first })
    }

    static func read(_ ids: [CaseID], session: PostgresSession) throws -> [CaseID: Found] {
        guard !ids.isEmpty else { return [:] }
        let rows = try session.query(
            "SELECT document, changed_at FROM routing.\"case\" WHERE id = ANY(\(ids.map(\.value)))"
        ).decode(([UInt8], PostgresTimestamp).self)
        let found = try rows.map {
            Found(now: try PublicCase(json: JSONDocument($0.0).root), changedAt: Timestamp($0.1))
        }
        return Dictionary(found.map { ($0.now.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nodes of a command that have not confirmed it.
    static func openReceipts(of id: CaseID, session: PostgresSession) throws -> [String] {
        try session.query(
            "SELECT node FROM routing.command WHERE case_id = \(id.value) AND acknowledged_at IS NULL ORDER BY node"
        ).decode(String.self)
    }

    /// A claim that waits for its reviewer.
    struct OpenClaim: Sendable {
        var transfer: Int64
        var caseID: CaseID
        var kind: String
        var reviewGrid: GridCode
    }

    static func openClaims(session: PostgresSession) throws -> [OpenClaim] {
        let rows = try session.query(
            "SELECT transfer, case_id, kind, review_grid FROM rewards.claim WHERE state = 'pending' ORDER BY transfer"
        ).decode((Int64, Int64, String, String).self)
        return rows.map {
            OpenClaim(transfer: $0.0, caseID: CaseID($0.1), kind: $0.2, reviewGrid: GridCode($0.3))
        }
    }

    /// The number inside a tracking number such as `XHG-0000012345-6`; nil when there is none.
    static func report(ofTracking text: String) -> Int64? {
        let parts = text.split(separator: "-")
        return parts.count >= 3 ? Int64(parts[parts.count - 2]) : nil
    }
}

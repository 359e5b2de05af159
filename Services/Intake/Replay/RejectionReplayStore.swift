import City
import EventLog
import Postgres

/// SQL of rejections that are to be replayed.
enum RejectionReplayStore {
    struct Rejection {
        var id: Int64
        var source: String
        var keyVersion: Int16
        var sealed: [UInt8]
        var isTruncated: Bool
        var wasNotEntitled: Bool
    }

    /// Rejections nobody has replayed, in their order, held until the transaction ends.
    static func open(
        after: Int64, source: String?, limit: Int, in transaction: PostgresTransaction
    ) throws -> [Rejection] {
        let rows = try transaction.query(
            """
            SELECT r.id, r.source, r.key_version, r.sealed, r.truncated,
                   EXISTS (SELECT FROM json_array_elements(r.reasons) e
                           WHERE e ->> 'slug' = \(SubmissionFault.Slug.notYourSource.rawValue))
            FROM intake.rejection r
            WHERE r.replayed_at IS NULL AND r.id > \(after) AND (\(source)::text IS NULL OR r.source = \(source))
            ORDER BY r.id LIMIT \(Int64(limit)) FOR UPDATE
            """)
        return try rows.decode((Int64, String, Int16, [UInt8], Bool, Bool).self).map {
            Rejection(
                id: $0.0, source: $0.1, keyVersion: $0.2, sealed: $0.3, isTruncated: $0.4, wasNotEntitled: $0.5)
        }
    }

    static func markReplayed(
        _ accepted: [(id: Int64, report: Int64)], now: Timestamp, in transaction: PostgresTransaction
    ) throws {
        guard !accepted.isEmpty else { return }
        try transaction.enqueue(
            """
            UPDATE intake.rejection r SET replayed_at = \(PostgresTimestamp(now)), accepted_as = a.report
            FROM (SELECT \(rows: accepted.map(\.id), accepted.map(\.report))) AS a (id, report) WHERE r.id = a.id
            """)
    }
}

import City
import EventLog
import Messages
import Postgres

/// Tables `analytics.report_fact` and `analytics.rejection_fact`: what came in, and what was refused. A row never changes.
enum ReportFactStore {
    static func save(_ reports: [ReportAccepted], in transaction: PostgresTransaction) throws {
        guard !reports.isEmpty else { return }
        let reports = reports.firstOfEach(\.id)
        try transaction.enqueue(
            """
            INSERT INTO analytics.report_fact (report_id, tracking_number, source, condition, grid, on_the_spot,
                occurred_at, received_at)
            SELECT * FROM (
                SELECT \(rows: reports.map(\.id.value), reports.map(\.trackingNumber), reports.map(\.source.rawValue),
                    reports.map(\.condition.rawValue), reports.map(\.grid?.rawValue),
                    reports.map { $0.onTheSpot != nil }, reports.map { PostgresTimestamp($0.occurredAt) },
                    reports.map { PostgresTimestamp($0.receivedAt) })
            ) AS n (report_id, tracking_number, source, condition, grid, on_the_spot, occurred_at, received_at)
            WHERE NOT EXISTS (SELECT FROM analytics.report_fact k WHERE k.report_id = n.report_id)
            """, label: "save reports")
    }

    static func save(_ rejections: [ReportRejected], in transaction: PostgresTransaction) throws {
        guard !rejections.isEmpty else { return }
        // unnest flattens arrays of arrays, so reasons travel as one text each; slugs hold no spaces.
        let reasons = rejections.map { $0.reasons.map(\.slug).joined(separator: " ") }
        try transaction.enqueue(
            """
            INSERT INTO analytics.rejection_fact (rejection_id, source, received_at, reasons)
            SELECT b.id, b.source, b.received_at, string_to_array(b.reasons, ' ')
            FROM (SELECT \(rows: rejections.map(\.id), rejections.map(\.source.rawValue),
                rejections.map { PostgresTimestamp($0.receivedAt) }, reasons))
                AS b (id, source, received_at, reasons)
            ON CONFLICT DO NOTHING
            """, label: "save rejections")
    }
}

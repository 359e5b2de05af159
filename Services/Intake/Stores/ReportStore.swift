import City
import EventLog
import Messages
import Postgres

/// SQL of accepted reports.
enum ReportStore {
    /// A thousand new report numbers, of which nobody else will ever get one.
    static func takeNumbers(in transaction: PostgresTransaction) throws -> Range<Int64> {
        guard let row = try transaction.query("SELECT nextval('intake.report_number')").first else {
            throw LaneError(.unavailable, "the sequence of report numbers gave none")
        }
        let first = try row.decode(Int64.self)
        return first..<first + 1_000
    }

    /// A report as it is stored.
    struct NewReport {
        var report: ReportAccepted
        var digest: [UInt8]
        var document: [UInt8]
    }

    /// Stores reports whose source and source id are new.
    ///
    /// - Parameter areNew: All are, or the transaction fails; the statement travels with what comes next.
    /// - Returns: numbers of those stored; the others were there before.
    static func insert(
        _ reports: [NewReport], areNew: Bool, in transaction: PostgresTransaction
    ) throws -> Set<Int64> {
        let insert: SQL =
            """
            INSERT INTO intake.report (id, source, source_id, digest, occurred_at, received_at, grid, document)
            SELECT \(rows: reports.map(\.report.id.value), reports.map(\.report.source.rawValue),
                reports.map(\.report.sourceID), reports.map(\.digest),
                reports.map { PostgresTimestamp($0.report.occurredAt) },
                reports.map { PostgresTimestamp($0.report.receivedAt) },
                reports.map { $0.report.grid?.rawValue }, reports.map(\.document))
            ON CONFLICT ON CONSTRAINT report_source_key DO NOTHING
            RETURNING id
            """
        if areNew {
            try transaction.enqueueAllOrFail(insert, rows: reports.count)
            return Set(reports.map(\.report.id.value))
        }
        return Set(try transaction.query(insert, label: "reports").decode(Int64.self))
    }

    /// What is stored under a source's id.
    struct Known: Hashable {
        var id: ReportID
        var digest: [UInt8]
    }

    static func find(
        _ keys: [SourceKey], in transaction: PostgresTransaction
    ) throws -> [SourceKey: Known] {
        let rows = try transaction.query(
            """
            SELECT r.source, r.source_id, r.id, r.digest
            FROM (SELECT \(rows: keys.map(\.source.rawValue), keys.map(\.id))) AS k (source, id)
            JOIN intake.report r ON r.source_id = k.id AND r.source = k.source
            """)
        return Dictionary(
            try rows.decode((String, String, Int64, [UInt8]).self).map {
                (SourceKey(source: SourceCode(rawValue: $0.0), id: $0.1), Known(id: ReportID($0.2), digest: $0.3))
            }, uniquingKeysWith: { first, _ in first })
    }

    /// What a publisher may know of a report.
    struct Status {
        var source: SourceCode
        var sourceID: String
        var receivedAt: Timestamp
        var caseNumber: String?
        var state: String?
        var onTheSpot: Bool?
        var changedAt: Timestamp?
    }

    static func status(of report: ReportID, session: PostgresSession) throws -> Status? {
        let rows = try session.query(
            """
            SELECT r.source, r.source_id, r.received_at, s.number, s.state, s.on_the_spot, s.changed_at
            FROM intake.report r
            LEFT JOIN intake.report_case c ON c.report_id = r.id
            LEFT JOIN intake.case_status s ON s.case_id = c.case_id
            WHERE r.id = \(report.value)
            """)
        guard let row = rows.first else { return nil }
        let (source, sourceID, receivedAt, number, state, onTheSpot, changedAt) = try row.decode(
            (String, String, PostgresTimestamp, String?, String?, Bool?, PostgresTimestamp?).self)
        return Status(
            source: SourceCode(rawValue: source), sourceID: sourceID, receivedAt: Timestamp(receivedAt),
            caseNumber: number, state: state, onTheSpot: onTheSpot, changedAt: changedAt.map { Timestamp($0) })
    }
}

/// A report's name at its publisher.
struct SourceKey: Hashable {
    var source: SourceCode
    var id: String
}

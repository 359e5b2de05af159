import City
import EventLog
import Messages
import Postgres

/// SQL of what became of reports.
enum OutcomeStore {
    /// A report as its publisher knows it.
    struct Publication {
        var id: ReportID
        var source: SourceCode
        var sourceID: String
    }

    /// Notes which case each report went to, and where the cases stand; what is older than known changes nothing.
    static func note(_ notices: [CaseNotice], in transaction: PostgresTransaction) throws {
        let joined = notices.compactMap { notice in notice.report.map { (report: $0.value, of: notice.id.value) } }
            .firstOfEach(\.report)
        if !joined.isEmpty {
            try transaction.enqueue(
                """
                INSERT INTO intake.report_case (report_id, case_id)
                SELECT * FROM (SELECT \(rows: joined.map(\.report), joined.map(\.of))) AS n (report_id, case_id)
                WHERE NOT EXISTS (SELECT FROM intake.report_case k WHERE k.report_id = n.report_id)
                """)
        }
        var latest: [CaseID: CaseNotice] = [:]
        for notice in notices where notice.version > latest[notice.id]?.version ?? 0 { latest[notice.id] = notice }
        let cases = latest.values.sorted { $0.id < $1.id }
        // Most cases are noted once, with their beginning. Should a row be there already, it is of that version or later.
        try insert(
            cases.filter(\.isOfNewCase),
            "WHERE NOT EXISTS (SELECT FROM intake.case_status k WHERE k.case_id = n.case_id)", in: transaction)
        try insert(
            cases.filter { !$0.isOfNewCase },
            """
            ON CONFLICT (case_id) DO UPDATE
            SET version = excluded.version, state = excluded.state, on_the_spot = excluded.on_the_spot,
                changed_at = excluded.changed_at
            WHERE s.version < excluded.version
            """, in: transaction)
    }

    /// - Parameter ifThere: What becomes of a case that has a row.
    private static func insert(_ cases: [CaseNotice], _ ifThere: SQL, in transaction: PostgresTransaction) throws {
        guard !cases.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO intake.case_status AS s (case_id, number, version, state, on_the_spot, changed_at)
            SELECT * FROM (
                SELECT \(rows: cases.map(\.id.value), cases.map(\.number), cases.map { Int32($0.version) },
                    cases.map(\.state.rawValue), cases.map(\.onTheSpot),
                    cases.map { PostgresTimestamp($0.changedAt) })
            ) AS n (case_id, number, version, state, on_the_spot, changed_at)
            \(ifThere)
            """)
    }

    /// The reports whose publishers are to be told of the notices, by case: all of a case, or the one that just joined.
    static func publications(
        of notices: [CaseNotice], in transaction: PostgresTransaction
    ) throws -> [CaseID: [Publication]] {
        let whole = Set(notices.filter { !$0.isForItsReportAlone }.map(\.id))
        // Most notices are of a case and its first report, which need not be looked for.
        let alone = notices.filter { !whole.contains($0.id) }.compactMap { notice in
            notice.report.map { (report: $0, of: notice.id) }
        }
        let ofReports = try transaction.enqueue(
            """
            SELECT wanted.case_id, r.id, r.source, r.source_id
            FROM (SELECT \(rows: alone.map(\.of.value), alone.map(\.report.value))) AS wanted (case_id, report_id)
            JOIN intake.report r ON r.id = wanted.report_id
            """)
        let ofCases = try transaction.enqueue(
            """
            SELECT c.case_id, r.id, r.source, r.source_id
            FROM unnest(\(whole.map(\.value).sorted())) AS wanted (id)
            JOIN intake.report_case c ON c.case_id = wanted.id
            JOIN intake.report r ON r.id = c.report_id
            ORDER BY r.id
            """)
        try transaction.flush()
        var found: [CaseID: [Publication]] = [:]
        for pending in [ofReports, ofCases] {
            for (of, id, source, sourceID) in try pending.rows().decode((Int64, Int64, String, String).self) {
                found[CaseID(of), default: []].append(
                    Publication(id: ReportID(id), source: SourceCode(rawValue: source), sourceID: sourceID))
            }
        }
        return found
    }
}

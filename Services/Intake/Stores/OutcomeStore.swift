import City
import EventLog
import Messages
import Postgres

/// SQL of what became of reports.
enum OutcomeStore {
    /// Notes which case each report went to, and where the cases stand; what is older than known changes nothing.
    static func note(_ changes: [CaseChanged], now: Timestamp, in transaction: PostgresTransaction) throws {
        let joined = changes.compactMap { change in change.report.map { ($0.value, change.after.id.value) } }
        if !joined.isEmpty {
            try transaction.enqueue(
                """
                INSERT INTO intake.report_case (report_id, case_id)
                SELECT * FROM unnest(\(joined.map(\.0)), \(joined.map(\.1))) ON CONFLICT (report_id) DO NOTHING
                """)
        }
        var latest: [CaseID: CaseChanged] = [:]
        for change in changes where change.after.version > latest[change.after.id]?.after.version ?? 0 {
            latest[change.after.id] = change
        }
        let cases = latest.values.map(\.after).sorted { $0.id < $1.id }
        let changedAt = cases.map { one in PostgresTimestamp(latest[one.id]?.steps.last?.at ?? now) }
        try transaction.enqueue(
            """
            INSERT INTO intake.case_status AS s (case_id, number, version, state, on_the_spot, changed_at)
            SELECT * FROM unnest(
                \(cases.map(\.id.value)), \(cases.map(\.number)), \(cases.map { Int32($0.version) }),
                \(cases.map(\.state.rawValue)), \(cases.map(\.onTheSpot)), \(changedAt))
            ON CONFLICT (case_id) DO UPDATE
            SET version = excluded.version, state = excluded.state, on_the_spot = excluded.on_the_spot,
                changed_at = excluded.changed_at
            WHERE s.version < excluded.version
            """)
    }

    /// All reports of the given cases, and the given reports with theirs, for telling their publishers.
    static func reports(
        of cases: [CaseID], and reports: [ReportID], in transaction: PostgresTransaction
    ) throws -> [CaseID: [(id: ReportID, source: SourceCode, sourceID: String)]] {
        let rows = try transaction.query(
            """
            SELECT c.case_id, r.id, r.source, r.source_id
            FROM (
                SELECT c.case_id, c.report_id FROM unnest(\(Set(cases.map(\.value)).sorted())) AS wanted (id)
                JOIN intake.report_case c ON c.case_id = wanted.id
                UNION
                SELECT c.case_id, c.report_id FROM unnest(\(Set(reports.map(\.value)).sorted())) AS wanted (id)
                JOIN intake.report_case c ON c.report_id = wanted.id
            ) AS c JOIN intake.report r ON r.id = c.report_id
            ORDER BY r.id
            """)
        var found: [CaseID: [(id: ReportID, source: SourceCode, sourceID: String)]] = [:]
        for (caseID, id, source, sourceID) in try rows.decode((Int64, Int64, String, String).self) {
            found[CaseID(caseID), default: []].append((ReportID(id), SourceCode(rawValue: source), sourceID))
        }
        return found
    }
}

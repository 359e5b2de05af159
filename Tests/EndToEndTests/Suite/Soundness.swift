import City
import Messages
import Postgres
import ServiceKit
import Testing

/// What must hold of a suite at rest, whatever has happened to it.
extension SuiteUnderTest {
    /// Waits until every message that was sent has been handled, and nothing waits to be sent.
    func quiet(seconds: Double = 120) async throws {
        try await ready(seconds: seconds)
        var left: [String] = []
        do {
            try await require("the suite comes to rest", seconds: seconds) {
                left = try await unread()
                return left.isEmpty
            }
        } catch {
            Issue.record("not at rest: \(left)")
        }
    }

    /// What is sent and not read, or not sent yet, lane by lane.
    func unread() async throws -> [String] {
        // Messages are numbered by whoever sends them, so this holds over both logs.
        try await query(
            """
            SELECT l.service || '/' || l.input || '/' || l.partition || ' at ' || l.next_offset || ' has '
                || (s.last_number - coalesce(n.last_number, 0)) || ' messages of lane ' || s.lane || ' to read'
            FROM eventlog.lane l
            JOIN eventlog.tape_sent s ON s.topic = l.input AND s.partition = l.partition
            LEFT JOIN eventlog.tape_seen n ON n.lane = l.id AND n.producer = s.lane
            WHERE coalesce(n.last_number, 0) < s.last_number
            UNION ALL SELECT count(*) || ' batches of lane ' || lane || ' are unsent' FROM eventlog.outbox GROUP BY lane
            """)
    }

    /// How the suite is, for whoever has to find out why it does not go on.
    func condition() async -> String {
        var lines = (try? await unread()) ?? ["the database does not answer"]
        for service in ServiceName.allCases {
            let answer = try? await HTTP.get(url(service, "/health"))
            lines.append("\(service.rawValue): \(answer?.text ?? "no answer"); \(logPath(service))")
        }
        return lines.joined(separator: "\n")
    }

    /// Checks all that must hold at rest.
    ///
    /// - Parameter told: What publishers were told is accepted.
    func expectSound(_ told: [Acknowledged.Report] = []) async throws {
        try await quiet()
        try await expectAccepted(told)
        try await expectCasesSound()
        try await expectFollowersAgree()
        try await expectLedgerSound()
        try await expectNone("dead letters", "SELECT topic || ' ' || reason FROM eventlog.dead_letter")
        // The operator's own audit was written apart from these checks, and knows more of clocks and of the ledger.
        let audit = try await gridctl(["audit", "--language", "en"])
        #expect(audit.ending == .exit(0), "\(audit.output)")
    }

    /// Everybody who was told "accepted" finds that report, once, under the number they were given.
    private func expectAccepted(_ told: [Acknowledged.Report]) async throws {
        let numbers = Dictionary(grouping: told) { "\($0.source) \($0.id)" }.mapValues { Set($0.map(\.tracking)) }
        for (report, trackings) in numbers where trackings.count > 1 {
            Issue.record("\(report) was told several numbers: \(trackings)")
        }
        let stored = try await rows("SELECT source, source_id, document FROM intake.report") { rows in
            try rows.decode((String, String, [UInt8]).self).map { source, id, document in
                Acknowledged.Report(
                    source: source, id: id,
                    tracking: try ReportAccepted(json: JSONDocument(document).root).trackingNumber)
            }
        }
        let missing = Set(told).subtracting(stored)
        #expect(missing.isEmpty, "accepted and lost: \(missing)")
        try await expectNone(
            "reports in no case, or in several",
            """
            SELECT 'report ' || r.id || ' is in ' || count(h.report_id) || ' cases'
            FROM intake.report r LEFT JOIN routing.history h ON h.report_id = r.id
            GROUP BY r.id HAVING count(h.report_id) <> 1
            """)
        try await expectNone(
            "cases of reports nobody made",
            "SELECT 'report ' || report_id FROM routing.history WHERE report_id NOT IN (SELECT id FROM intake.report)")
    }

    static let stepsOutOfOrder: SQL = """
        SELECT 'case ' || case_id || ' version ' || version FROM (
            SELECT *, lag(to_state) OVER (PARTITION BY case_id ORDER BY version) AS before FROM routing.history) h
        WHERE from_state IS DISTINCT FROM before
        """

    private func expectCasesSound() async throws {
        try await expectNone(
            "histories with gaps, or that do not lead to their case",
            """
            SELECT 'case ' || c.id || ' has version ' || c.version || ', state ' || c.state || ', steps ' || h.steps
                || ' up to ' || h.last || ', ' || h.state
            FROM routing."case" c
            LEFT JOIN (SELECT case_id, count(*) AS steps, max(version) AS last, min(version) AS first,
                    (array_agg(to_state ORDER BY version DESC))[1] AS state
                FROM routing.history GROUP BY case_id) h ON h.case_id = c.id
            WHERE (h.steps, h.last, h.first, h.state) IS DISTINCT FROM (c.version::bigint, c.version, 1, c.state)
            """)
        try await expectNone(
            "steps that do not begin where the last one ended", Self.stepsOutOfOrder)
    }

    /// Services that follow the cases know the same of them.
    private func expectFollowersAgree() async throws {
        try await expectNone(
            "cases that analytics knows otherwise",
            """
            SELECT 'case ' || coalesce(c.id, f.case_id) || ': ' || coalesce(c.version, 0) || ', analytics '
                || coalesce(f.version, 0)
            FROM routing."case" c FULL JOIN analytics.case_fact f ON f.case_id = c.id
            WHERE (c.version, c.state) IS DISTINCT FROM (f.version, f.state)
            """)
        try await expectNone(
            "reports that analytics does not know once",
            """
            SELECT 'report ' || coalesce(r.id, f.report_id)
            FROM intake.report r FULL JOIN analytics.report_fact f ON f.report_id = r.id
            WHERE r.id IS NULL OR f.report_id IS NULL
            """)
        try await expectNone("figures that differ when derived anew", "SELECT difference FROM analytics.verify()")
        try await expectNone(
            "cases whose publishers hear otherwise",
            """
            SELECT 'case ' || c.id FROM routing."case" c LEFT JOIN intake.case_status s ON s.case_id = c.id
            WHERE (c.version, c.state) IS DISTINCT FROM (s.version, s.state)
            """)
        try await expectNone(
            "open cases that are watched otherwise",
            """
            SELECT 'case ' || c.id || ': ' || c.version || ', watched ' || coalesce(w.version, 0)
            FROM routing."case" c LEFT JOIN sla.watched_case w ON w.case_id = c.id
            WHERE c.is_open AND (c.version, c.state) IS DISTINCT FROM (w.version, w.state)
            """)
        try await expectNone(
            "clocks that still run for cases that have ended",
            """
            SELECT 'case ' || k.case_id || ' ' || k.kind FROM sla.clock k JOIN routing."case" c ON c.id = k.case_id
            WHERE NOT c.is_open
            """)
        try await expectNone(
            "clocks that fired early", "SELECT 'case ' || case_id || ' ' || kind FROM sla.fired WHERE fired_at < due_at"
        )
    }

    private func expectLedgerSound() async throws {
        let sum: Int64? = try await value("SELECT coalesce(sum(posted), 0)::bigint FROM rewards.account")
        #expect(sum == 0)
        try await expectNone(
            "accounts that differ from their entries",
            "SELECT 'account ' || account FROM rewards.balance_check WHERE NOT agrees")
        try await expectNone(
            "people below zero",
            "SELECT 'account ' || id FROM rewards.account WHERE kind <> 'scheme-pool' AND (posted < 0 OR pending < 0)")
        try await expectNone(
            "claims that analytics knows otherwise",
            """
            SELECT 'claim ' || coalesce(c.id, f.transfer)
            FROM rewards.transfer c LEFT JOIN rewards.resolution r ON r.transfer = c.id
            FULL JOIN analytics.points_fact f ON f.transfer = c.id
            WHERE coalesce(r.state, CASE WHEN c.id IS NOT NULL THEN 'pending' END) IS DISTINCT FROM f.state
            """)
        try await expectNone(
            "cases handled by the grids' forces and closed that nobody claims for",
            """
            SELECT 'case ' || c.id FROM routing."case" c
            JOIN routing.history h ON h.case_id = c.id AND h.change IN ('handled', 'handled-on-the-spot')
            JOIN city.current_post p ON p.code = h.by_whom AND p.unit IS NULL
            WHERE c.state = 'closed' AND NOT EXISTS (SELECT FROM rewards.claim k WHERE k.case_id = c.id)
                AND NOT EXISTS (SELECT FROM rewards.capped k WHERE k.case_id = c.id)
            """)
    }

    /// Expects a query for things that must not be to find none.
    func expectNone(_ what: String, _ sql: SQL, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let found: [String] = try await query(sql)
        #expect(found.isEmpty, "\(what): \(found.prefix(20)), \(found.count) in all", sourceLocation: sourceLocation)
    }
}

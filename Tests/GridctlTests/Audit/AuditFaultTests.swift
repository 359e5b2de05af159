import Foundation
import Postgres
import Testing

@testable import Gridctl

/// The audit is itself audited: with nothing wrong it finds nothing, and it finds each fault that is planted.
@Suite(.serialized) struct AuditFaultTests {
    /// Something wrong, and the check that must find it.
    struct Fault: Sendable, CustomTestStringConvertible {
        var check: String
        /// What is done to the database.
        var script: String
        /// What clients recorded beside the rest.
        var truth: String?
        var testDescription: String { "\(check): \((truth ?? script).prefix(60))" }

        init(_ check: String, _ script: String = "", truth: String? = nil) {
            self.check = check
            self.script = script
            self.truth = truth
        }
    }

    /// A line of what clients recorded about an event.
    private static func told(_ fields: String) -> String { #"{"kind":"event","source":"hotline-12345",\#(fields)}"# }

    static let faults: [Fault] = [
        // What clients were told.
        Fault(
            "repeat-not-called-so",
            truth: told(#""id":"B-1","expected":"repeated","code":202,"tracking":"XHG-0000001002-0""#)),
        Fault(
            "repeat-answered-otherwise",
            truth: told(#""id":"B-1","expected":"repeated","code":202,"tracking":"XHG-0000001001-2","repeated":true"#)),
        Fault(
            "conflict-accepted",
            truth: told(#""id":"B-1","expected":"conflict","code":202,"tracking":"XHG-0000001002-0""#)),
        Fault(
            "bad-input-accepted",
            truth: told(#""id":"B-1","expected":"rejected","code":202,"tracking":"XHG-0000001002-0""#)),
        Fault(
            "refused-for-another-reason",
            truth: told(#""id":"C-2","expected":"rejected","slug":"missing","code":422,"reasons":["invalid"]"#)),
        // Lost, doubled, invented.
        Fault("accepted-report-missing", "DELETE FROM intake.report WHERE id = 1002"),
        Fault("tracking-number-differs", "UPDATE intake.report SET id = 1003 WHERE id = 1002"),
        Fault(
            "report-nobody-sent",
            """
            INSERT INTO intake.report (id, source, source_id, digest, occurred_at, received_at, document)
            VALUES (1009, 'patrol', 'Z-1', '', now(), now(), '{}')
            """),
        Fault(
            "report-without-case", "UPDATE routing.history SET report_id = NULL WHERE report_id = 1002"),
        Fault(
            "report-without-case",
            "DROP INDEX routing.history_report; UPDATE routing.history SET report_id = 1002 WHERE case_id = 2001 AND version = 3"
        ),
        Fault("publisher-told-otherwise", "UPDATE intake.report_case SET case_id = 2001 WHERE report_id = 1002"),
        Fault("case-without-grid", "UPDATE routing.\"case\" SET grid = NULL WHERE id = 2002"),
        Fault("publisher-sees-otherwise", "UPDATE intake.case_status SET version = 4 WHERE case_id = 2002"),
        Fault("rejection-not-kept", "DELETE FROM intake.rejection"),
        Fault("case-without-report", "UPDATE routing.history SET report_id = NULL WHERE report_id = 1002"),
        Fault(
            "set-aside",
            """
            INSERT INTO eventlog.dead_letter (lane, service, topic, partition, log_offset, subject, parked, reason, record)
            VALUES (2, 'router', 'reports', 0, 1, '1002', false, 'not understood', 'x')
            """),
        // Histories.
        Fault("history-gap", "DELETE FROM routing.history WHERE case_id = 2002 AND version = 3"),
        Fault("state-differs-from-history", "UPDATE routing.\"case\" SET state = 'handled' WHERE id = 2002"),
        Fault(
            "illegal-transition", "UPDATE routing.history SET change = 'started' WHERE case_id = 2002 AND version = 3"),
        Fault(
            "time-runs-backwards",
            "UPDATE routing.history SET at = at - interval '1 day' WHERE case_id = 2002 AND version = 4"),
        Fault(
            "answered-step-missing",
            "UPDATE routing.history SET to_state = 'closed' WHERE case_id = 2002 AND version = 4"),
        Fault("nobody-assigned", "UPDATE routing.\"case\" SET state = 'accepted' WHERE id = 2002"),
        Fault("dispatch-unexplained", "UPDATE routing.history SET rule = NULL WHERE change = 'dispatched'"),
        // Clocks.
        Fault("clocks-differ-from-histories", "DELETE FROM sla.fired WHERE mark = 'red'"),
        Fault("late-without-breach", "DELETE FROM sla.fired WHERE mark = 'breach'"),
        Fault(
            "clocks-differ-from-histories",
            """
            INSERT INTO sla.fired VALUES (2002, 'accept', 2, 'yellow', '2025-11-03 09:07:30+08', '2025-11-03 09:08+08',
                '2025-11-03 09:15+08', false, 'G1')
            """),
        Fault(
            "fired-early",
            """
            ALTER TABLE sla.fired DROP CONSTRAINT fired_check;
            UPDATE sla.fired SET fired_at = due_at - interval '1 s' WHERE mark = 'yellow'
            """),
        Fault(
            "fired-after-the-end",
            "UPDATE sla.outcome SET stopped_at = '2025-11-03 10:00+08' WHERE kind = 'handling'"),
        Fault("breach-of-met-deadline", "UPDATE sla.outcome SET met = true WHERE kind = 'handling'"),
        Fault("due-and-silent", clock),
        Fault(
            "fired-and-still-due",
            clock + """
                ; INSERT INTO sla.fired VALUES (2002, 'check', 4, 'yellow', '2025-11-03 16:15+08', '2025-11-03 16:15:01+08',
                '2025-11-03 16:30+08', false, 'G1')
                """),
        Fault("watched-otherwise", "UPDATE routing.\"case\" SET is_open = true WHERE id = 2002"),
        Fault("clock-of-ended-case", clock),
        Fault("clock-missing", "UPDATE routing.\"case\" SET state = 'accepted' WHERE id = 2002"),
        Fault("clock-facts-differ", "DELETE FROM analytics.clock_fact WHERE mark = 'red'"),
        // Points.
        Fault("ledger-sum", "UPDATE rewards.account SET posted = posted + 1 WHERE kind = 'member'"),
        Fault("balance-differs-from-entries", "UPDATE rewards.account SET pending = pending + 1"),
        Fault(
            "member-below-zero",
            """
            ALTER TABLE rewards.account DROP CONSTRAINT account_not_overdrawn;
            UPDATE rewards.account SET posted = -posted
            """),
        Fault("claim-differs-from-ledger", "UPDATE rewards.claim SET state = 'voided'"),
        Fault("claim-outlives-its-term", "UPDATE rewards.claim SET state = 'pending', expires_at = opened_at"),
        Fault("answered-review-missing", "DELETE FROM rewards.resolution"),
        Fault(
            "award-doubled",
            """
            INSERT INTO rewards.transfer (debit, credit, points, kind, case_id, owner, review_grid, city_version, earned_on,
                opened_at, expires_at)
            SELECT debit, credit, points, kind, case_id, owner, review_grid, city_version, earned_on, opened_at, expires_at
            FROM rewards.transfer
            """),
        Fault("award-unexplained", "UPDATE rewards.transfer SET city_version = 0"),
        Fault("award-unexplained", "UPDATE rewards.transfer SET points = 4"),
        Fault("guard-missing", "DROP TRIGGER account_moved ON rewards.account"),
        Fault("guard-missing", "ALTER TABLE routing.history DISABLE TRIGGER history_is_append_only"),
        Fault("guard-missing", "ALTER TABLE rewards.account DROP CONSTRAINT account_not_overdrawn"),
        Fault(
            "guard-missing",
            """
            ALTER TABLE sla.fired DROP CONSTRAINT fired_pkey;
            ALTER TABLE sla.fired ADD PRIMARY KEY (case_id, kind, mark)
            """),
        Fault("guard-missing", "DROP INDEX routing.history_report"),
        Fault("cap-exceeded", "UPDATE rewards.transfer SET points = 300"),
        Fault("reviewed-own-claim", "UPDATE rewards.resolution SET resolved_by = 'BH0001'"),
        Fault("award-without-case", "UPDATE rewards.transfer SET case_id = 9"),
        // Analytics.
        Fault("report-facts-differ", "DELETE FROM analytics.report_fact WHERE report_id = 1001"),
        Fault("case-facts-differ", "UPDATE analytics.case_fact SET version = 4 WHERE case_id = 2002"),
        Fault("derived-facts-differ", "UPDATE analytics.case_mark SET handling_mark = 2"),
        Fault("points-facts-differ", "UPDATE analytics.points_fact SET state = 'pending'"),
        // Personal data.
        Fault(
            "personal-data-leak",
            "INSERT INTO analytics.feed (at, case_id, change, state, title) VALUES (now(), 2002, 'filed', 'filed', '请致电\(AuditedSuite.canary)')"
        ),
        Fault(
            "personal-data-leak", "UPDATE eventlog.record_batch SET records = '{\"phone\":\"\(AuditedSuite.canary)\"}'"),
        Fault("personal-data-leak", "UPDATE intake.report SET document = '\(AuditedSuite.canary)' WHERE id = 1002"),
        // The log.
        Fault("tape-gap", "UPDATE eventlog.record_batch SET first_number = 3 WHERE base_offset = 1"),
        Fault(
            "number-used-twice",
            """
            INSERT INTO eventlog.record_batch (topic, partition, base_offset, count, lane, first_number, records)
            SELECT topic, partition, 2, 1, lane, 2, 'something else' FROM eventlog.record_batch WHERE base_offset = 1
            """),
        Fault("handled-not-once", "UPDATE eventlog.tape_seen SET handled = 3 WHERE lane = 3"),
        Fault("handled-not-once", "UPDATE eventlog.tape_seen SET handled = 1 WHERE lane = 3"),
        Fault("offset-gap", "UPDATE eventlog.record_batch SET base_offset = 5 WHERE base_offset = 1"),
        Fault("seen-differs-from-sent", "UPDATE eventlog.tape_seen SET last_number = 1 WHERE lane = 3"),
        Fault("seen-differs-from-sent", "DELETE FROM eventlog.tape_sent WHERE lane = 2"),
        Fault(
            "outbox-not-empty",
            "INSERT INTO eventlog.outbox (lane, topic, partition, count, first_number, records) VALUES (2, 'cases', 0, 1, 3, 'x')"
        ),
    ]

    /// A clock of the closed case that should have fired long ago.
    private static let clock = """
        INSERT INTO sla.clock (
            case_id, kind, version, partition, started_at, limit_amount, limit_unit, running_since,
            remaining_microseconds, deadline, provisional, next_mark, next_due)
        VALUES (2002, 'check', 4, 0, '2025-11-03 16:00+08', 30, 'minutes', '2025-11-03 16:00+08',
            1800000000, '2025-11-03 16:30+08', false, 'yellow', '2025-11-03 16:15+08')
        """

    /// Checks of what a suite's own files hold, and of whether it has come to rest: no fault in the database shows them.
    private static let shownElsewhere: Set = ["personal-data-in-logs"]

    @Test func `Every check is seen to find something`() {
        #expect(Set(Audit.checks.map(\.name)) == Set(Self.faults.map(\.check)).union(Self.shownElsewhere))
    }

    @Test(arguments: ["runbook.md", "runbook.zh-CN.md"])
    func `Every check is told of in the runbook`(name: String) throws {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let runbook = try String(contentsOf: root.appending(path: "docs/\(name)"), encoding: .utf8)
        for check in Audit.checks { #expect(runbook.contains("`\(check.name)`"), "\(check.name)") }
    }

    @Test func `Where nothing is wrong nothing is found`() throws {
        let suite = try AuditedSuite()
        defer { suite.remove() }
        #expect(try suite.findings() == [])
    }

    @Test(arguments: faults) func `A planted fault is found`(fault: Fault) throws {
        let suite = try AuditedSuite()
        defer { suite.remove() }
        try suite.plant(fault.script)
        if let line = fault.truth { try suite.tell(line) }
        #expect(try suite.findings().contains(fault.check))
    }

    @Test(arguments: [AuditedSuite.canary, "13800138123"])
    func `A number in a log file is found, be it known or not`(number: String) throws {
        let suite = try AuditedSuite()
        defer { suite.remove() }
        try "caller \(number)".write(toFile: suite.logFolder + "/intake.log", atomically: true, encoding: .utf8)
        #expect(try suite.findings() == ["personal-data-in-logs"])
    }

    @Test func `A message that was repeated is not taken for another`() throws {
        let suite = try AuditedSuite()
        defer { suite.remove() }
        try suite.plant(
            """
            UPDATE eventlog.partition SET next_offset = 3; UPDATE eventlog.lane SET next_offset = 3 WHERE id > 1;
            INSERT INTO eventlog.record_batch (topic, partition, base_offset, count, lane, first_number, records)
            SELECT topic, partition, 2, count, lane, first_number, records FROM eventlog.record_batch WHERE base_offset = 1
            """)
        #expect(try suite.findings() == [])
    }

    @Test func `Only what two looks at a living suite find is a finding`() {
        func findings(_ ids: Range<Int>, _ detail: String = "") -> [AuditFinding] {
            ids.map { AuditFinding(id: "\($0)", detail: detail) }
        }
        #expect(Audit.confirmed(findings(1..<4), by: []).isEmpty)
        #expect(Audit.confirmed(findings(1..<4, "at 1"), by: findings(3..<6, "at 2")) == findings(3..<4, "at 2"))
        // There may be more than a look tells of.
        let many = findings(200..<200 + AuditContext.most)
        #expect(Audit.confirmed(findings(0..<AuditContext.most), by: many) == many)
    }

    @Test func `Every trigger that migrations make is among the guards`() throws {
        let suite = try AuditedSuite()
        defer { suite.remove() }
        let triggers = try suite.session.query(
            """
            SELECT n.nspname || '.' || c.relname || ' trigger ' || t.tgname FROM pg_trigger t
            JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT t.tgisinternal AND n.nspname <> 'public'
            """
        ).decode(String.self)
        let guards = Set(GuardChecks.guards.flatMap { table in table.guards.map { "\(table.relation) \($0)" } })
        #expect(!triggers.isEmpty && Set(triggers).isSubset(of: guards))
    }
}

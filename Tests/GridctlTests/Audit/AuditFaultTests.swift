import Foundation
import Testing

@testable import Gridctl

/// The audit is itself audited: with nothing wrong it finds nothing, and it finds each fault that is planted.
@Suite(.serialized) struct AuditFaultTests {
    /// Something wrong, and the check that must find it.
    struct Fault: Sendable, CustomTestStringConvertible {
        var check: String
        var script: String
        var testDescription: String { "\(check): \(script.prefix(60))" }

        init(_ check: String, _ script: String) {
            self.check = check
            self.script = script
        }
    }

    static let faults = [
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
        Fault("rejection-not-kept", "DELETE FROM intake.rejection"),
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
        Fault("clock-facts-differ", "DELETE FROM analytics.clock_fact WHERE mark = 'red'"),
        // Points.
        Fault("ledger-sum", "UPDATE rewards.account SET posted = posted + 1 WHERE kind = 'member'"),
        Fault("answered-review-missing", "DELETE FROM rewards.resolution"),
        Fault(
            "award-doubled",
            """
            INSERT INTO rewards.transfer (debit, credit, points, kind, case_id, owner, review_grid, city_version, earned_on,
                opened_at, expires_at)
            SELECT debit, credit, points, kind, case_id, owner, review_grid, city_version, earned_on, opened_at, expires_at
            FROM rewards.transfer
            """),
        Fault("cap-exceeded", "UPDATE rewards.transfer SET points = 300"),
        Fault("reviewed-own-claim", "UPDATE rewards.resolution SET resolved_by = 'BH0001'"),
        Fault("award-without-case", "UPDATE rewards.transfer SET case_id = 9"),
        // Analytics.
        Fault("case-facts-differ", "UPDATE analytics.case_fact SET version = 4 WHERE case_id = 2002"),
        Fault("derived-facts-differ", "UPDATE analytics.case_mark SET handling_mark = 2"),
        Fault("points-facts-differ", "UPDATE analytics.points_fact SET state = 'pending'"),
        // Personal data.
        Fault(
            "personal-data-leak",
            "INSERT INTO analytics.feed (at, case_id, change, title) VALUES (now(), 2002, 'filed', '请致电\(AuditedSuite.canary)')"
        ),
        Fault(
            "personal-data-leak", "UPDATE eventlog.record_batch SET records = '{\"phone\":\"\(AuditedSuite.canary)\"}'"),
        Fault("personal-data-leak", "UPDATE intake.report SET document = '\(AuditedSuite.canary)' WHERE id = 1002"),
        // The log.
        Fault("tape-gap", "UPDATE eventlog.record_batch SET first_number = 3 WHERE base_offset = 1"),
        Fault("offset-gap", "UPDATE eventlog.record_batch SET base_offset = 5 WHERE base_offset = 1"),
        Fault("seen-differs-from-sent", "UPDATE eventlog.tape_seen SET last_number = 1 WHERE lane = 3"),
        Fault(
            "outbox-not-empty",
            "INSERT INTO eventlog.outbox (lane, topic, partition, count, first_number, records) VALUES (2, 'cases', 0, 1, 3, 'x')"
        ),
    ]

    @Test func `Where nothing is wrong nothing is found`() throws {
        #expect(try AuditedSuite().findings() == [])
    }

    @Test(arguments: faults) func `A planted fault is found`(fault: Fault) throws {
        let suite = try AuditedSuite()
        try suite.plant(fault.script)
        #expect(try suite.findings().contains(fault.check))
    }

    @Test func `A number in a log file is found`() throws {
        let suite = try AuditedSuite()
        try "caller \(AuditedSuite.canary)".write(
            toFile: suite.logFolder + "/intake.log", atomically: true, encoding: .utf8)
        #expect(try suite.findings() == ["personal-data-in-logs"])
    }
}

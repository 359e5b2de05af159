import City
import Foundation
import Logging
import Postgres
import TestSupport

@testable import Gridctl

/// A database as a suite would leave it after two reports, with nothing wrong in it: ground to plant faults in.
///
/// One report was handled on the spot, the other went to a grid worker who was late: each table of each service has rows.
struct AuditedSuite {
    let session: PostgresSession
    /// Record of what clients were told.
    let truthFile: String
    let logFolder: String

    static let canary = "19900051234"

    init() throws {
        let original = try Self.original.get()
        session = try Self.connect(PrivatePostgres.shared().copyDatabase(original))
        let folder = NSTemporaryDirectory() + "wangge-audit-\(UUID().uuidString)"
        logFolder = folder + "/log"
        truthFile = folder + "/truth.jsonl"
        try FileManager.default.createDirectory(atPath: logFolder, withIntermediateDirectories: true)
        try Self.truth.write(toFile: truthFile, atomically: true, encoding: .utf8)
        try "router ready".write(toFile: logFolder + "/router.log", atomically: true, encoding: .utf8)
    }

    /// Ends the session and removes the files.
    func remove() {
        session.close()
        try? FileManager.default.removeItem(atPath: (logFolder as NSString).deletingLastPathComponent)
    }

    /// The database that each test gets a copy of; its URL.
    private static let original = Result<String, any Error> {
        let url = try PrivatePostgres.shared().createDatabase(postgis: true)
        let session = try connect(url)
        defer { session.close() }
        for (schema, folder) in schemas {
            try session.executeScript("CREATE SCHEMA IF NOT EXISTS \(schema)")
            for script in try scripts(folder) { try session.executeScript(script) }
        }
        _ = try ProfileLoading.load(SimulatedCity.city.profile, into: session)
        try unguarded(world, session)
        return url
    }

    private static func connect(_ url: String) throws -> PostgresSession {
        try PostgresSession(
            PostgresSettings(url: url), logger: Logger(label: "audited-suite") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func unguarded(_ script: String, _ session: PostgresSession) throws {
        try session.executeScript("SET session_replication_role = replica; \(script); RESET session_replication_role")
    }

    /// Names of the checks that found something.
    func findings() throws -> Set<String> {
        let report = try Audit(truth: [TruthRecord(path: truthFile)], waitSeconds: 0, logFolders: [logFolder]).run(
            session)
        return Set(report.results.filter { !$0.findings.isEmpty }.map(\.check.name))
    }

    /// Does something to the database that its own guards would refuse.
    func plant(_ script: String) throws { try Self.unguarded(script, session) }

    /// Adds a line to the record of what clients were told.
    func tell(_ line: String) throws {
        try (Self.truth + line + "\n").write(toFile: truthFile, atomically: true, encoding: .utf8)
    }

    private static let schemas = [
        ("eventlog", "Shared/EventLog"), ("city", "Shared/CityStore"), ("intake", "Services/Intake"),
        ("routing", "Services/Router"), ("sla", "Services/SLAWatcher"), ("rewards", "Services/Rewards"),
        ("analytics", "Services/Analytics"),
    ]

    /// A service's migrations in their order.
    private static func scripts(_ folder: String) throws -> [String] {
        // Tests/GridctlTests/Audit/AuditedSuite.swift → the repository.
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let path = root.path + "/\(folder)/Migrations"
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted().filter { $0.hasSuffix(".sql") }
            .map { try String(contentsOfFile: "\(path)/\($0)", encoding: .utf8) }
    }

    private static let truth = """
        {"kind":"run","seed":"1","month":"2025-11","events":2,"onTheSpot":1,"canaries":["\(canary)"]}
        {"kind":"event","source":"patrol","id":"A-1","expected":"accepted","code":202,"tracking":"XHG-0000001001-2"}
        {"kind":"event","source":"hotline-12345","id":"B-1","expected":"accepted","code":202,"tracking":"XHG-0000001002-0"}
        {"kind":"event","source":"hotline-12345","id":"B-1","expected":"repeated","code":202,"tracking":"XHG-0000001002-0","repeated":true}
        {"kind":"event","source":"hotline-12345","id":"B-1","expected":"conflict","code":409,"tracking":"XHG-0000001002-0"}
        {"kind":"event","source":"patrol","id":"C-1","expected":"rejected","slug":"missing","code":422,"reasons":["missing"]}
        {"kind":"action","case":"XHG-20251103-2002","action":"handle","post":"GW0001","version":4,"state":"handled"}
        {"kind":"review","transfer":1,"decision":"post","post":"CR0001","state":"posted"}
        {"kind":"end","clock":"2025-11-04T04:00:00Z"}

        """

    /// Monday 2025-11-03: four working hours from 09:05 end at 15:05; half of them are over at 11:05, 80 % at 14:17.
    private static let world = """
        SET TimeZone = 'Asia/Shanghai';
        UPDATE eventlog.clock SET replay_now = '2025-11-04 12:00';
        INSERT INTO eventlog.suite (log) VALUES ('postgres');
        SELECT eventlog.ensure_topic('reports', 1), eventlog.ensure_topic('cases', 1);
        INSERT INTO eventlog.lane (service, input, partition, next_offset) VALUES
            ('intake', 'http', 0, 0), ('router', 'reports', 0, 2), ('sla-watcher', 'cases', 0, 2);
        INSERT INTO eventlog.tape_sent VALUES (1, 'reports', 0, 2), (2, 'cases', 0, 2);
        INSERT INTO eventlog.tape_seen VALUES (2, 1, 2, 0, 2), (3, 2, 2, 0, 2);
        UPDATE eventlog.partition SET next_offset = 2;
        INSERT INTO eventlog.record_batch (topic, partition, base_offset, count, lane, first_number, records)
        SELECT t.id, 0, n, 1, CASE t.name WHEN 'reports' THEN 1 ELSE 2 END, n + 1, 'payload'
        FROM eventlog.topic t, generate_series(0, 1) n;

        INSERT INTO intake.report (id, source, source_id, digest, occurred_at, received_at, grid, document) VALUES
            (1001, 'patrol', 'A-1', '', '2025-11-03 08:30', '2025-11-03 09:00', 'G1', '{}'),
            (1002, 'hotline-12345', 'B-1', '', '2025-11-03 08:50', '2025-11-03 09:00', 'G1', '{}');
        INSERT INTO intake.report_case VALUES (1001, 2001), (1002, 2002);
        INSERT INTO intake.case_status VALUES
            (2001, 'XHG-20251103-2001', 3, 'closed', true, '2025-11-03 09:00'),
            (2002, 'XHG-20251103-2002', 5, 'closed', false, '2025-11-03 16:05');
        INSERT INTO intake.rejection (source, received_at, reasons, key_version, sealed, truncated)
        VALUES ('patrol', '2025-11-03 09:00', '[{"pointer": "/data/condition", "slug": "missing"}]', 1, 'x', false);

        INSERT INTO routing."case" (
            id, version, state, is_open, condition, grid, community, reported_at, changed_at, document)
        VALUES
            (2001, 3, 'closed', false, 'E0101-1', 'G1', 'C1', '2025-11-03 08:30', '2025-11-03 09:00', '{}'),
            (2002, 5, 'closed', false, 'E0101-1', 'G1', 'C1', '2025-11-03 08:50', '2025-11-03 16:05', '{}');
        INSERT INTO routing.history (
            case_id, version, change, from_state, to_state, at, recorded_at, by_whom, report_id, policy_version, rule, inputs)
        SELECT c, v, change, before, after, ('2025-11-03 ' || at)::timestamptz, ('2025-11-03 ' || at)::timestamptz, who,
               report, CASE WHEN rule IS NOT NULL THEN 1 END, rule, rule
        FROM (VALUES
            (2001, 1, 'filed', NULL, 'filed', '09:00', 'router', 1001, NULL),
            (2001, 2, 'handled-on-the-spot', 'filed', 'handled', '09:00', 'BH0001', NULL, 'on-the-spot'),
            (2001, 3, 'closed', 'handled', 'closed', '09:00', 'router', NULL, NULL),
            (2002, 1, 'filed', NULL, 'filed', '09:00', 'router', 1002, NULL),
            (2002, 2, 'dispatched', 'filed', 'dispatched', '09:00', 'router', NULL, 'general-finder'),
            (2002, 3, 'accepted', 'dispatched', 'accepted', '09:05', 'GW0001', NULL, NULL),
            (2002, 4, 'handled', 'accepted', 'handled', '16:00', 'GW0001', NULL, NULL),
            (2002, 5, 'closed', 'handled', 'closed', '16:05', 'CK0001', NULL, NULL)
        ) AS h (c, v, change, before, after, at, who, report, rule);

        INSERT INTO sla.fired
        SELECT 2002, 'handling', 3, mark, due, due + interval '1 s', '2025-11-03 15:05', false, 'G1'
        FROM (VALUES ('yellow', '2025-11-03 11:05'::timestamptz), ('red', '2025-11-03 14:17'), ('breach', '2025-11-03 15:05')
        ) AS f (mark, due);
        INSERT INTO sla.outcome VALUES
            (2002, 'accept', 2, '2025-11-03 09:00', 15, 'minutes', '2025-11-03 09:15', '2025-11-03 09:05', true, true, false),
            (2002, 'handling', 3, '2025-11-03 09:05', 4, 'workingHours', '2025-11-03 15:05', '2025-11-03 16:00', true, false,
             false);

        INSERT INTO rewards.account (kind, owner, posted) VALUES ('member', 'BH0001', 3);
        UPDATE rewards.account SET posted = -3 WHERE kind = 'scheme-pool';
        INSERT INTO rewards.transfer (
            debit, credit, points, kind, case_id, owner, grid, review_grid, city_version, earned_on, opened_at, expires_at)
        SELECT 1, id, 3, 'on-the-spot-handling', 2001, 'BH0001', 'G1', 'C1', 1, '2025-11-03', '2025-11-03 09:00',
               '2025-11-10 09:00'
        FROM rewards.account WHERE owner = 'BH0001';
        INSERT INTO rewards.resolution VALUES (1, 'posted', 'CR0001', '2025-11-03 20:30', NULL);
        INSERT INTO rewards.claim (
            case_id, owner, kind, transfer, state, resolved_by, case_version, points, account, grid, review_grid, earned_on,
            opened_at, expires_at, partition)
        SELECT 2001, 'BH0001', 'on-the-spot-handling', 1, 'posted', 'CR0001', 3, 3, credit, 'G1', 'C1', '2025-11-03',
               '2025-11-03 09:00', '2025-11-10 09:00', 0
        FROM rewards.transfer;

        INSERT INTO analytics.case_fact (
            case_id, version, number, state, source, condition, category, severity, path, grid, on_the_spot, reports,
            returns, reworks, escalations, reported_at, filed_at, reported_day, policy_version)
        SELECT id, version, 'XHG-20251103-' || id, state, 'patrol', condition, 'E0101', 'general', 'finder', grid,
               id = 2001, 1, 0, 0, 0, reported_at, '2025-11-03 09:00', '2025-11-03', 1
        FROM routing."case";
        INSERT INTO analytics.clock_fact
        SELECT case_id, kind, version, mark, '2025-11-03 09:05', deadline, fired_at, false, grid FROM sla.fired;
        INSERT INTO analytics.case_mark VALUES (2002, 0, 0, 3, 0, '2025-11-03 15:05:01');
        INSERT INTO analytics.report_fact
        SELECT id, 'XHG-' || id, source, 'E0101-1', grid, id = 1001, occurred_at, received_at FROM intake.report;
        INSERT INTO analytics.rejection_fact SELECT id, source, received_at, ARRAY['missing'] FROM intake.rejection;
        INSERT INTO analytics.points_fact VALUES
            (1, 'posted', 'on-the-spot-handling', 3, 2001, 'G1', '2025-11-03 09:00', '2025-11-03 20:30', '2025-11-03');
        """
}

import City
import Logging
import Postgres
import Testing

@testable import EventLog
@testable import SLAWatcher

@Suite("What a lane of clocks reads")
struct ClockStorePlanTests {
    @Test("A batch reads its own rows, though the server saw the tables empty when it looked last")
    func byKey() throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let session = try PostgresSession(PostgresSettings(url: LaneHarness.freshDatabase()).forLanes, logger: logger)
        defer { session.close() }
        try session.executeScript(
            """
            ALTER TABLE sla.watched_case SET (autovacuum_enabled = off);
            ALTER TABLE sla.clock SET (autovacuum_enabled = off);
            """)
        try session.executeScript("VACUUM (ANALYZE) sla.watched_case, sla.clock")
        let ids = stride(from: Int64(100), through: 20_000, by: 100).map { CaseID($0) }
        let store = ClockStore(partition: 0)
        // A plan is kept from its first use on.
        _ = try session.transaction { try store.load(ids, in: $0) }
        let unit = TimeLimit(1, .calendarDays).unit.rawValue
        try session.execute(
            """
            INSERT INTO sla.watched_case (case_id, number, partition, version, state)
            SELECT n, 'C-' || n, 0, 2, 'dispatched' FROM generate_series(1, 20000) n
            """)
        try session.execute(
            """
            INSERT INTO sla.clock (case_id, kind, version, partition, started_at, limit_amount, limit_unit,
                remaining_microseconds, deadline, provisional)
            SELECT n, 'accept', 2, 0, now(), 1, \(unit), 0, now(), false FROM generate_series(1, 20000) n
            """)
        let read = try session.transaction { transaction in
            let found = try store.load(ids, in: transaction)
            #expect(found.count == 200 && found.values.allSatisfy { $0.clocks.count == 1 })
            return try transaction.query(
                """
                SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::bigint
                FROM pg_stat_xact_user_tables WHERE schemaname = 'sla'
                """
            ).decode(Int64.self)
        }
        #expect((read.first ?? .max) <= 1_000, "40,000 rows are there, 400 are wanted")
    }
}

import Postgres
import Testing

@Suite struct MigratorTests {
    private let first = PostgresMigration(
        number: 1, name: "init", sql: "CREATE TABLE report (id int8);\nCREATE TABLE mark ();\n")
    private let second = PostgresMigration(number: 2, name: "name", sql: "ALTER TABLE report ADD COLUMN name text")

    private func migrationError(_ body: () throws -> Void) -> MigrationError? {
        do {
            try body()
            return nil
        } catch { return error as? MigrationError }
    }

    @Test func aSchemaIsBroughtForwardOnce() throws {
        let session = try Fixture.session()
        let one = PostgresMigrator(schema: "intake", migrations: [first])
        #expect(try one.plan(session) == [first])
        #expect(try session.query("SELECT 1 FROM pg_namespace WHERE nspname = 'intake'").isEmpty)
        #expect(migrationError { try one.verify(session) }?.code == .pending)
        #expect(try one.migrate(session) == [first])
        #expect(try one.migrate(session) == [])
        try one.verify(session)

        let two = PostgresMigrator(schema: "intake", migrations: [first, second])
        #expect(try two.plan(session) == [second])
        #expect(try two.migrate(session) == [second])
        try two.verify(session)
        #expect(try session.query("SELECT id, name FROM intake.report").isEmpty)
        let history = try session.query("SELECT number, name, checksum FROM intake.migration ORDER BY number")
        #expect(try history.decode((Int, String, String).self).map(\.2) == [first.checksum, second.checksum])
        // The session is as before.
        let settings = try session.query("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        #expect(try settings[0].decode((String, String).self) == ("30s", "10s"))
        let locks = try session.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        #expect(locks.isEmpty)
    }

    @Test func schemasHaveHistoriesOfTheirOwn() throws {
        let session = try Fixture.session()
        try PostgresMigrator(schema: "a", migrations: [first]).migrate(session)
        #expect(try PostgresMigrator(schema: "b", migrations: [first, second]).migrate(session) == [first, second])
    }

    @Test func aMigrationThatFailsLeavesTheEarlierOnes() throws {
        let session = try Fixture.session()
        let bad = PostgresMigration(number: 2, name: "bad", sql: "CREATE TABLE half (); SELECT 1 / 0")
        let migrator = PostgresMigrator(schema: "s", migrations: [first, bad])
        let error = try #require(postgresError { try migrator.migrate(session) })
        #expect(error.step == "migration 2 bad of schema s" && error.sqlState == "22012")
        #expect(try session.query("SELECT to_regclass('s.half')::text").decode(String?.self) == [nil])
        #expect(try PostgresMigrator(schema: "s", migrations: [first, second]).migrate(session) == [second])
    }

    @Test func aChangedMigrationIsRefusedWithAComparison() throws {
        let session = try Fixture.session()
        try PostgresMigrator(schema: "s", migrations: [first, second]).migrate(session)
        let changed = PostgresMigration(number: 1, name: "init", sql: "CREATE TABLE other ()")
        let error = try #require(
            migrationError { try PostgresMigrator(schema: "s", migrations: [changed, second]).migrate(session) })
        #expect(error.code == .changed)
        #expect(
            error.description == """
                schema s: migration 1 was changed after it had been applied
                        program                database
                     1  init \(changed.checksum)  init \(first.checksum)  <
                     2  name \(second.checksum)  name \(second.checksum)
                """)
    }

    @Test func aNewerDatabaseIsRefused() throws {
        let session = try Fixture.session()
        try PostgresMigrator(schema: "s", migrations: [first, second]).migrate(session)
        let old = PostgresMigrator(schema: "s", migrations: [first])
        #expect(migrationError { try old.verify(session) }?.code == .newerDatabase)
        #expect(migrationError { try old.migrate(session) }?.code == .newerDatabase)
    }

    @Test func gapsAreRefused() throws {
        let session = try Fixture.session()
        let migrator = PostgresMigrator(schema: "s", migrations: [first, second])
        try migrator.migrate(session)
        try session.execute("DELETE FROM s.migration WHERE number = 1")
        #expect(migrationError { _ = try migrator.plan(session) }?.code == .gap)
        let unordered = PostgresMigrator(schema: "t", migrations: [second, first])
        #expect(migrationError { try unordered.migrate(session) }?.code == .invalidList)
    }

    @Test func manyMigratorsRaceAndOneWorks() async throws {
        let settings = try Fixture.settings()
        let slow = PostgresMigration(
            number: 1, name: "slow", sql: "SELECT pg_sleep(0.2); CREATE TABLE report (id int8)")
        let migrator = PostgresMigrator(schema: "s", migrations: [slow, second])
        let pool = Fixture.pool(settings, size: 4)
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await pool.withSession { try migrator.migrate($0).count } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(applied.sorted() == [0, 0, 0, 2])
        await pool.shutdown()
    }

    @Test func checksumsIgnoreLineEndsOnly() {
        func checksum(_ sql: String) -> String { PostgresMigration(number: 1, name: "x", sql: sql).checksum }
        #expect(checksum("") == "cbf29ce484222325")
        #expect(checksum("a") == "af63dc4c8601ec8c")
        #expect(checksum("a\nb\n") == checksum("a\r\nb"))
        #expect(checksum("a\nb") != checksum("a b"))
    }

    @Test func filesAreNamedByNumber() throws {
        let migration = try PostgresMigration(file: "0012_add_clock.sql", bytes: Array("SELECT 1".utf8))
        #expect(migration == PostgresMigration(number: 12, name: "add_clock", sql: "SELECT 1"))
        for name in ["init.sql", "x_init.sql", "0000_zero.sql"] {
            #expect(migrationError { _ = try PostgresMigration(file: name, bytes: []) }?.code == .invalidList)
        }
        #expect(migrationError { _ = try PostgresMigration(file: "0001_a.sql", bytes: [0xFF]) }?.code == .invalidList)
    }

    @Test func postgisIsThereForThoseWhoAsk() throws {
        let session = try PostgresSession(Fixture.settings(postgis: true), logger: Fixture.logger)
        #expect(try session.query("SELECT ST_AsText(ST_Point(1, 2))").decode(String.self) == ["POINT(1 2)"])
    }
}

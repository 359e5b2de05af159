import Dispatch
import Postgres
import Testing

@Suite struct SessionTests {
    @Test func statementsAreCountedAndRowsNamed() throws {
        let session = try Fixture.session()
        try session.executeScript(
            "CREATE TABLE t (id int8 PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a'), (2, NULL)")
        #expect(try session.execute("UPDATE t SET name = 'z' WHERE id <= \(2)") == 2)
        #expect(try session.execute("DELETE FROM t WHERE id = \(9)") == 0)
        let rows = try session.query("SELECT id, name FROM t ORDER BY id")
        #expect(rows.count == 2 && rows.columnNames == ["id", "name"])
        #expect(try rows[1]["name"].decode(String.self) == "z")
        #expect(try rows.decode((Int, String?).self).map(\.0) == [1, 2])
        #expect(try session.query("SELECT 1 WHERE false").first == nil)
        #expect(try session.execute("") == 0)
    }

    @Test func statementsStayPreparedUpToTheCapacity() throws {
        var settings = try Fixture.settings()
        settings.statementCacheCapacity = 3
        let session = try PostgresSession(settings, logger: Fixture.logger)
        func prepared() throws -> Int {
            try session.query("SELECT count(*) FROM pg_prepared_statements").decode(Int.self)[0]
        }
        for number in 0..<10 { _ = try session.query("SELECT \(number)") }
        #expect(try prepared() == 2)
        for number in 0..<10 { _ = try session.query("SELECT \(unescaped: String(number))") }
        #expect(try prepared() <= 4)
        // The same text with other types is another statement.
        #expect(try session.query("SELECT \("text")").decode(String.self) == ["text"])
        #expect(try session.query("SELECT \(5)").decode(Int.self) == [5])
    }

    @Test func aFailedPreparationIsNotRemembered() throws {
        let session = try Fixture.session()
        #expect(postgresError { try session.execute("SELECT * FROM later") }?.sqlState == "42P01")
        try session.executeScript("CREATE TABLE later (id int)")
        #expect(try session.query("SELECT * FROM later").isEmpty)
    }

    @Test func alteredTablesAreNoticed() throws {
        let session = try Fixture.session()
        try session.executeScript("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
        #expect(try session.query("SELECT * FROM t").columnNames == ["id"])
        try session.executeScript("ALTER TABLE t ADD COLUMN name text")
        #expect(try session.query("SELECT * FROM t").columnNames == ["id", "name"])

        try session.executeScript("ALTER TABLE t ADD COLUMN more text")
        let error = transactionError { try session.transaction { _ = try $0.query("SELECT * FROM t") } }
        #expect(error?.isTransient == true)
        let names = try session.transaction { try $0.query("SELECT * FROM t").columnNames }
        #expect(names == ["id", "name", "more"])

        try session.executeScript("DEALLOCATE ALL")
        #expect(try session.query("SELECT * FROM t").count == 1)
    }

    @Test func errorsSayWhatFailedButNoData() throws {
        let session = try Fixture.session()
        try session.executeScript("CREATE TABLE person (phone text CONSTRAINT person_phone_key UNIQUE)")
        try session.execute("INSERT INTO person VALUES (\("13800000000"))")
        let error = try #require(
            postgresError { try session.execute("INSERT INTO person VALUES (\("13800000000"))", label: "store person") }
        )
        #expect(error.code == .server && error.sqlState == "23505")
        #expect(error.constraint == "person_phone_key" && error.table == "person" && error.step == "store person")
        #expect(!error.isTransient && !error.isConnectionLost)
        #expect(
            "\(error)"
                == "PostgreSQL server: unique violation [23505], constraint person_phone_key, table person, step store person"
        )
        let cast = try #require(postgresError { try session.execute("SELECT \("13800000000x")::int8") })
        #expect(!"\(cast)".contains("13800000000") && cast.serverMessage?.contains("13800000000x") == true)
        #expect(try session.query("SELECT 1").count == 1)
    }

    @Test func aSlowStatementIsStopped() throws {
        let session = try Fixture.statelessSession()
        let error = try #require(
            postgresError {
                try session.withStatementTimeout(50) { try session.execute("SELECT pg_sleep(30)") }
            })
        #expect(error.code == .timeout && error.sqlState == "57014" && error.isTransient && !error.isConnectionLost)
        #expect(try session.query("SELECT current_setting('statement_timeout')").decode(String.self) == ["30s"])
    }

    @Test func aLockThatIsNotReleasedIsGivenUp() throws {
        var settings = try Fixture.settings()
        settings.lockTimeoutMilliseconds = 50
        let session = try PostgresSession(settings, logger: Fixture.logger)
        let other = try Fixture.session(beside: session)
        try session.executeScript("CREATE TABLE t (id int)")
        try other.executeScript("BEGIN; LOCK TABLE t")
        let error = try #require(postgresError { try session.execute("SELECT * FROM t") })
        #expect(error.sqlState == "55P03" && error.isTransient)
    }

    @Test func aRunningStatementCanBeCancelledFromAnotherThread() async throws {
        let session = try Fixture.statelessSession()
        let canceller = try #require(session.canceller)
        let watcher = Task.detached {
            let other = try Fixture.statelessSession()
            return try await Fixture.eventually {
                let running = try other.query("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(31)'")
                if !running.isEmpty { canceller.cancel() }
                return !running.isEmpty
            }
        }
        let error = try #require(postgresError { try session.execute("SELECT pg_sleep(31)") })
        #expect(error.code == .cancelled && !error.isConnectionLost)
        #expect(try await watcher.value)
        try session.ping()
    }

    @Test func aLostConnectionIsToldAndMended() throws {
        let session = try Fixture.session()
        let other = try Fixture.session(beside: session)
        try Fixture.kill(session.backendPID, through: other)
        let error = try #require(postgresError { try session.execute("SELECT 1") })
        #expect(error.isConnectionLost && error.isTransient && error.code == .connectionLost)
        #expect(!session.isUsable)
        #expect(postgresError { try session.execute("SELECT 1") }?.code == .connectionLost)
        try session.reset()
        #expect(session.isUsable)
        #expect(try session.query("SELECT 1").count == 1)
    }

    @Test func aConnectionLostAtRestIsNoticedWithoutARoundTrip() throws {
        let session = try Fixture.session()
        try Fixture.kill(session.backendPID, through: Fixture.session(beside: session))
        session.refreshState()
        #expect(!session.isUsable)
    }

    @Test func aScriptIsAllOrNothing() throws {
        let session = try Fixture.session()
        let error = try #require(postgresError { try session.executeScript("CREATE TABLE t (id int); SELECT 1 / 0") })
        #expect(error.sqlState == "22012")
        #expect(postgresError { try session.execute("SELECT * FROM t") }?.sqlState == "42P01")
    }

    @Test func copyThroughTheWrongDoorIsRefused() throws {
        for script in [true, false] {
            let session = try Fixture.session()
            try session.executeScript("CREATE TABLE t (id int)")
            let error = postgresError {
                if script {
                    try session.executeScript("COPY t FROM STDIN")
                } else {
                    _ = try session.query("COPY t FROM STDIN")
                }
            }
            #expect([.misuse, .protocolViolation].contains(error?.code))
            #expect(!session.isUsable)
            try session.reset()
            #expect(try session.query("SELECT * FROM t").isEmpty)
        }
    }

    @Test func largeBatchesDoNotBlockEachOther() throws {
        // Both ends have more to say than the sockets can hold; reading must go on while writing.
        let session = try Fixture.statelessSession()
        let big = String(repeating: "x", count: 200_000)
        var pending: [PostgresPending] = []
        try session.pipeline { pipeline in
            for _ in 0..<100 { pending.append(try pipeline.add("SELECT \(big)")) }
        }
        for one in pending { #expect(try one.rows()[0].bytes(0)?.count == 200_000) }
    }
}

import Postgres
import Testing

/// Which step failed, what was kept, how many trips it took.
@Suite struct TransactionTests {
    private struct Refused: Error {}

    private func sessionWithTable() throws -> PostgresSession {
        let session = try Fixture.session()
        try session.executeScript("CREATE TABLE t (id int8 PRIMARY KEY)")
        return session
    }

    private func ids(_ session: PostgresSession) throws -> [Int] {
        try session.query("SELECT id FROM t ORDER BY id").decode(Int.self)
    }

    @Test func itCommitsWhenTheBodyReturns() throws {
        let session = try sessionWithTable()
        let count = try session.transaction { transaction in
            try transaction.execute("INSERT INTO t VALUES (\(1))")
            return try transaction.query("SELECT * FROM t").count
        }
        #expect(count == 1)
        #expect(try ids(Fixture.session(beside: session)) == [1])
    }

    @Test func itRollsBackWhenTheBodyThrows() throws {
        let session = try sessionWithTable()
        let error = try #require(
            transactionError {
                try session.transaction { transaction in
                    try transaction.execute("INSERT INTO t VALUES (\(1))")
                    throw Refused()
                }
            })
        #expect(error.bodyError is Refused && error.rollbackError == nil && error.commitError == nil)
        #expect(error.beginError == nil && !error.commitAmbiguous && !error.isTransient)
        #expect(try ids(session) == [])
    }

    @Test func enqueuedStatementsTravelWithTheCommit() throws {
        let session = try sessionWithTable()
        var first: PostgresPending?
        try session.transaction { transaction in
            first = try transaction.enqueue("INSERT INTO t SELECT unnest(\([1, 2, 3]))", label: "insert")
            let early = postgresError { _ = try first?.rows() }
            #expect(early?.code == .misuse)
            try transaction.enqueue("DELETE FROM t WHERE id = \(2)")
        }
        #expect(try first?.affectedRows() == 3)
        #expect(try ids(session) == [1, 3])
    }

    @Test func anEnqueuedStatementThatFailsIsNamed() throws {
        let session = try sessionWithTable()
        let error = try #require(
            transactionError {
                try session.transaction { transaction in
                    try transaction.enqueue("INSERT INTO t VALUES (1)", label: "first")
                    try transaction.enqueue("INSERT INTO t VALUES (1)", label: "second")
                    try transaction.enqueue("INSERT INTO t VALUES (2)", label: "third")
                }
            })
        let cause = try #require(error.bodyError as? PostgresError)
        #expect(cause.step == "second" && cause.sqlState == "23505")
        #expect(error.commitError == nil && error.rollbackError == nil && !error.commitAmbiguous)
        #expect(try ids(session) == [])
    }

    @Test func anEnqueuedStatementThatFailsSurfacesAtTheNextQuery() throws {
        let session = try sessionWithTable()
        let error = try #require(
            transactionError {
                try session.transaction { transaction in
                    try transaction.enqueue("SELECT 1 / 0", label: "divide")
                    _ = try transaction.query("SELECT 1", label: "ask")
                }
            })
        #expect((error.bodyError as? PostgresError)?.step == "divide")
    }

    @Test func anEmptyTransactionCostsNothing() throws {
        let session = try sessionWithTable()
        try Fixture.kill(session.backendPID, through: Fixture.session(beside: session))
        // The connection is gone, and nobody notices.
        #expect(try session.transaction { _ in 5 } == 5)
        let error = transactionError { try session.transaction { _ in throw Refused() } }
        #expect(error?.bodyError is Refused)
    }

    @Test func beginFailsOnALostConnection() throws {
        let session = try sessionWithTable()
        try Fixture.kill(session.backendPID, through: Fixture.session(beside: session))
        let error = try #require(transactionError { try session.transaction { _ = try $0.query("SELECT 1") } })
        #expect(error.beginError?.isConnectionLost == true && error.bodyError == nil && error.commitError == nil)
        #expect(error.isConnectionLost && error.isTransient && !error.commitAmbiguous)
    }

    @Test func aDeferredConstraintFailsTheCommit() throws {
        let session = try sessionWithTable()
        try session.executeScript(
            "CREATE TABLE child (parent int8 CONSTRAINT child_parent REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
        let error = try #require(
            transactionError {
                try session.transaction { try $0.enqueue("INSERT INTO child VALUES (9)") }
            })
        #expect(error.commitError?.sqlState == "23503" && error.commitError?.constraint == "child_parent")
        #expect(error.bodyError == nil && !error.commitAmbiguous)
        #expect(try session.query("SELECT * FROM child").isEmpty)
    }

    @Test func aSwallowedErrorCannotBeCommitted() throws {
        let session = try sessionWithTable()
        let error = try #require(
            transactionError {
                try session.transaction { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    _ = try? transaction.execute("SELECT 1 / 0")
                }
            })
        #expect(error.commitError != nil && !error.commitAmbiguous)
        #expect(try ids(session) == [])
    }

    @Test func aLostConnectionInTheBodyIsNotAmbiguous() throws {
        let session = try sessionWithTable()
        let other = try Fixture.session(beside: session)
        let error = try #require(
            transactionError {
                try session.transaction { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    try Fixture.kill(session.backendPID, through: other)
                    try transaction.execute("INSERT INTO t VALUES (2)")
                }
            })
        #expect(error.isConnectionLost && !error.commitAmbiguous && error.isTransient)
        #expect((error.bodyError as? PostgresError)?.isConnectionLost == true)
        #expect(try ids(other) == [])
    }

    @Test func aLostConnectionAtCommitIsAmbiguous() throws {
        let session = try sessionWithTable()
        let other = try Fixture.session(beside: session)
        let error = try #require(
            transactionError {
                try session.transaction { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    try Fixture.kill(session.backendPID, through: other)
                }
            })
        #expect(error.commitAmbiguous && error.commitError?.isConnectionLost == true && !error.isTransient)
        #expect(error.description.contains("may have been committed"))
    }

    @Test func aServerEndedWhileItCommitsIsAmbiguous() throws {
        // A deferred trigger kills its own session during COMMIT.
        let session = try sessionWithTable()
        try session.executeScript(
            """
            CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()
            """)
        let error = try #require(
            transactionError {
                try session.transaction { try $0.enqueue("INSERT INTO t VALUES (1)") }
            })
        #expect(error.commitAmbiguous && error.isConnectionLost && !error.isTransient)
    }

    @Test func aServerEndedBeforeTheCommitIsNotAmbiguous() throws {
        let session = try sessionWithTable()
        let error = try #require(
            transactionError {
                try session.transaction { transaction in
                    try transaction.enqueue("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", label: "die")
                    try transaction.enqueue("INSERT INTO t VALUES (1)")
                }
            })
        #expect(!error.commitAmbiguous && error.isConnectionLost && error.postgresError?.step == "die")
    }

    @Test func isolationAndAccessAreAsAsked() throws {
        let session = try sessionWithTable()
        let level = try session.transaction(isolation: .serializable) {
            try $0.query("SELECT current_setting('transaction_isolation')").decode(String.self)
        }
        #expect(level == ["serializable"])
        let error = transactionError {
            try session.transaction(readOnly: true) { try $0.execute("INSERT INTO t VALUES (1)") }
        }
        #expect(error?.postgresError?.sqlState == "25006")
    }

    @Test func savepointsUndoTheirOwnPartOnly() throws {
        let session = try sessionWithTable()
        try session.transaction { transaction in
            try transaction.enqueue("INSERT INTO t VALUES (1)")
            let failed = postgresError {
                try transaction.savepoint { inner in
                    try inner.execute("INSERT INTO t VALUES (2)")
                    try inner.enqueue("INSERT INTO t VALUES (1)", label: "twice")
                }
            }
            #expect(failed?.step == "twice")
            try transaction.savepoint { outer in
                try outer.enqueue("INSERT INTO t VALUES (3)")
                _ = try? outer.savepoint { inner in
                    try inner.execute("INSERT INTO t VALUES (4)")
                    throw Refused()
                }
            }
        }
        #expect(try ids(session) == [1, 3])
    }

    @Test func anEarlierFailureIsNotTheSavepoints() throws {
        let session = try sessionWithTable()
        var bodyRan = false
        let error = try #require(
            transactionError {
                try session.transaction { transaction in
                    try transaction.enqueue("SELECT 1 / 0", label: "divide")
                    try transaction.savepoint { _ in bodyRan = true }
                }
            })
        #expect(!bodyRan && error.postgresError?.step == "divide" && error.rollbackError == nil)
    }

    @Test func theSessionIsTheTransactionsWhileItLasts() throws {
        let session = try sessionWithTable()
        var kept: PostgresTransaction?
        try session.transaction { transaction in
            kept = transaction
            #expect(postgresError { try session.execute("SELECT 1") }?.code == .misuse)
            #expect(postgresError { try session.transaction { _ in } }?.code == .misuse)
        }
        #expect(postgresError { try kept?.execute("SELECT 1") }?.code == .misuse)
        #expect(try session.query("SELECT 1").count == 1)
    }

    @Test func aTransactionHasItsOwnStatementTimeout() throws {
        let session = try sessionWithTable()
        let error = transactionError {
            try session.transaction { transaction in
                try transaction.setStatementTimeout(milliseconds: 50)
                try transaction.execute("SELECT pg_sleep(30)")
            }
        }
        #expect(error?.postgresError?.code == .timeout)
        #expect(try session.query("SELECT current_setting('statement_timeout')").decode(String.self) == ["30s"])
    }

    @Test func serialisationFailuresAreTransient() throws {
        let session = try sessionWithTable()
        let other = try Fixture.session(beside: session)
        try session.execute("INSERT INTO t VALUES (1)")
        let error = transactionError {
            try session.transaction(isolation: .repeatableRead) { transaction in
                _ = try transaction.query("SELECT * FROM t")
                try other.execute("UPDATE t SET id = 2")
                try transaction.execute("UPDATE t SET id = 3")
            }
        }
        #expect(error?.postgresError?.sqlState == "40001" && error?.isTransient == true)
    }

    @Test func aPipelineIsAllOrNothing() throws {
        let session = try sessionWithTable()
        var count: PostgresPending?
        try session.pipeline { pipeline in
            try pipeline.add("INSERT INTO t VALUES (1)")
            count = try pipeline.add("SELECT count(*) FROM t")
        }
        #expect(try count?.rows().decode(Int.self) == [1])
        let error = transactionError {
            try session.pipeline { pipeline in
                try pipeline.add("INSERT INTO t VALUES (2)", label: "a")
                try pipeline.add("INSERT INTO t VALUES (1)", label: "b")
            }
        }
        #expect(error?.postgresError?.step == "b")
        #expect(try ids(session) == [1])
    }

    @Test func aBatchOfFiveHundredRowsIsOneTrip() throws {
        let session = try Fixture.session()
        try session.executeScript(
            "CREATE TABLE report (id int8 PRIMARY KEY, grid text NOT NULL, body json NOT NULL, due timestamptz, sealed bytea)"
        )
        let ids = (0..<500).map { Int64($0) }
        let grids = ids.map { "网格\($0 % 7)" }
        let bodies = ids.map { PostgresJSON("{\"id\":\($0)}") }
        let dues = ids.map { $0 % 2 == 0 ? nil : PostgresTimestamp(microseconds: $0) }
        let seals = ids.map { [UInt8($0 % 256)] }
        for round in 0..<2 {
            var inserted: PostgresPending?
            try session.transaction { transaction in
                inserted = try transaction.enqueue(
                    """
                    INSERT INTO report SELECT \(rows: ids, grids, bodies, dues, seals) ON CONFLICT DO NOTHING
                    """)
            }
            #expect(try inserted?.affectedRows() == (round == 0 ? 500 : 0))
        }
        let row = try #require(
            try session.query("SELECT grid, body->>'id', due, sealed FROM report WHERE id = 499").first)
        let (grid, id, due, seal) = try row.decode((String, String, PostgresTimestamp?, [UInt8]).self)
        #expect(grid == "网格2" && id == "499" && due?.microseconds == 499 && seal == [243])
    }
}

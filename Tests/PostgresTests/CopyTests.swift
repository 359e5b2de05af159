import Postgres
import Testing

@Suite struct CopyTests {
    private struct GivenUp: Error {}

    private func sessionWithTable() throws -> PostgresSession {
        let session = try Fixture.session()
        try session.executeScript("CREATE TABLE t (id int8 CHECK (id >= 0), name text, small int4)")
        return session
    }

    private let copyIn: SQL = "COPY t (id, name, small) FROM STDIN (FORMAT binary)"
    private let copyOut: SQL = "COPY (SELECT id, name, small FROM t ORDER BY id) TO STDOUT (FORMAT binary)"

    @Test func manyRowsGoInAndComeOut() throws {
        let session = try sessionWithTable()
        let stored = try session.copyIn(copyIn, columns: 3) { writer in
            for id in 0..<50_000 {
                try writer.write(Int64(id), id % 3 == 0 ? nil : "名字 \(id)", Int32(id))
            }
        }
        #expect(stored == 50_000)
        var next = 0
        var wrong = 0
        try session.copyOut(copyOut) { row in
            let (id, name, small) = try row.decode((Int64, String?, Int32).self)
            if id != next || name != (next % 3 == 0 ? nil : "名字 \(next)") || small != next { wrong += 1 }
            next += 1
        }
        #expect(next == 50_000 && wrong == 0)
    }

    @Test func noRowsAreNoRows() throws {
        let session = try sessionWithTable()
        #expect(try session.copyIn(copyIn, columns: 3) { _ in } == 0)
        try session.copyOut(copyOut) { _ in Issue.record("there is no row") }
    }

    @Test func aWriterThatThrowsStoresNothing() throws {
        let session = try sessionWithTable()
        #expect(throws: GivenUp.self) {
            try session.copyIn(copyIn, columns: 3) { writer in
                for id in 0..<10_000 { try writer.write(Int64(id), "x", Int32(0)) }
                throw GivenUp()
            }
        }
        #expect(try session.query("SELECT * FROM t").isEmpty)
    }

    @Test func aReaderThatThrowsLeavesTheSessionUsable() throws {
        let session = try sessionWithTable()
        #expect(throws: GivenUp.self) {
            try session.copyOut("COPY (SELECT generate_series(1, 3000000)) TO STDOUT (FORMAT binary)") { row in
                if try row[0].decode(Int32.self) == 1_000 { throw GivenUp() }
            }
        }
        #expect(try session.query("SELECT 1").count == 1)
    }

    @Test func refusedRowsAreErrors() throws {
        let session = try sessionWithTable()
        let check = postgresError { try session.copyIn(copyIn, columns: 3) { try $0.write(Int64(-1), "x", Int32(0)) } }
        #expect(check?.sqlState == "23514")
        let count = postgresError { try session.copyIn(copyIn, columns: 3) { try $0.write(Int64(1), "x") } }
        #expect(count?.code == .misuse)
        let null = postgresError { try session.copyIn(copyIn, columns: 3) { try $0.write(Int64(1), "\0", Int32(0)) } }
        #expect(null?.code == .encoding)
        let text = postgresError { try session.copyIn("COPY t FROM STDIN", columns: 3) { _ in } }
        #expect(text?.code == .misuse)
        try session.reset()
        let missing = postgresError {
            try session.copyIn("COPY nowhere FROM STDIN (FORMAT binary)", columns: 1) { _ in }
        }
        #expect(missing?.sqlState == "42P01")
        let bound = postgresError { try session.copyOut("COPY (SELECT \(1)) TO STDOUT (FORMAT binary)") { _ in } }
        #expect(bound?.code == .misuse)
        #expect(try session.query("SELECT * FROM t").isEmpty)
    }

    @Test func copyBelongsToItsTransaction() throws {
        let session = try sessionWithTable()
        let error = transactionError {
            try session.transaction { transaction in
                try transaction.enqueue("INSERT INTO t VALUES (1)")
                try transaction.copyIn(copyIn, columns: 3) { try $0.write(Int64(2), "x", Int32(0)) }
                var seen = 0
                try transaction.copyOut(copyOut) { _ in seen += 1 }
                #expect(seen == 2)
                throw GivenUp()
            }
        }
        #expect(error?.bodyError is GivenUp)
        #expect(try session.query("SELECT * FROM t").isEmpty)
    }
}

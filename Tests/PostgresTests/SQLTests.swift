import Postgres
import Testing

/// Interpolation binds; composing renumbers.
@Suite struct SQLTests {
    @Test func valuesBecomeParameters() {
        let name = "x'; DROP TABLE report; --"
        let sql: SQL = "SELECT * FROM report WHERE name = \(name) AND id = \(5)"
        #expect(sql.text == "SELECT * FROM report WHERE name = $1 AND id = $2")
        #expect(sql.parameterCount == 2)
        #expect("\(sql)" == sql.text)
    }

    @Test func fragmentsAreRenumbered() throws {
        let inner: SQL = "a = \(1) OR b = \("网格") -- 费用"
        let outer: SQL = "SELECT \(0) WHERE (\(inner)\n) AND c = \(2) AND \(inner)"
        #expect(
            outer.text
                == "SELECT $1 WHERE (a = $2 OR b = $3 -- 费用\n) AND c = $4 AND a = $5 OR b = $6 -- 费用")
        #expect(outer.parameterCount == 6)
    }

    @Test func fragmentsKeepTheirValues() throws {
        let column: [Int64] = [7, 8]
        let twelve: SQL = (1...12).map { "\($0)" as SQL }.joined(separator: ", ")
        let inner: SQL = "SELECT \(column) AS list, \("b") AS name"
        let sql: SQL = "SELECT inner_query.*, \(9) FROM (\(inner)) AS inner_query WHERE 12 IN (\(twelve))"
        let row = try #require(try Fixture.statelessSession().query(sql).first)
        let (list, name, last) = try row.decode(([Int64], String, Int).self)
        #expect(list == [7, 8] && name == "b" && last == 9)
    }

    @Test func keptCellsAreBoundBetweenOtherValues() throws {
        let session = try Fixture.statelessSession()
        let read: SQL = "SELECT \([Int64](7...9)), \([UInt8]()), NULL::text, \("网格")"
        let row = try #require(try session.query(read).first)
        let kept = (0..<4).map { PostgresKeptCell(row[$0]) }
        let inner: SQL = "\(1), \(kept[0]), \("between"), \(kept[1]), \(kept[2])"
        let again = try #require(try session.query("SELECT \(kept[3]), \(inner), \(kept[0]), \(2)").first)
        let (first, one, numbers, between, empty, null, more, two) = try again.decode(
            (String, Int, [Int64], String, [UInt8], String?, [Int64], Int).self)
        #expect(first == "网格" && one == 1 && between == "between" && two == 2)
        #expect(numbers == [7, 8, 9] && more == numbers && empty.isEmpty && null == nil)
    }

    @Test func columnsAreReadSideBySide() throws {
        let (ids, grids): ([Int64], [String?]) = ([1, 2, 3], ["g", nil, "网格"])
        let sql: SQL = "SELECT \(rows: ids, grids), \(7), \(rows: [[UInt8]]())"
        #expect(sql.text == "SELECT unnest($1), unnest($2), $3, unnest($4)")
        let rows = try Fixture.statelessSession().query(sql).decode((Int64, String?, Int, [UInt8]?).self)
        #expect(rows.map(\.0) == ids && rows.map(\.1) == grids, "the order is kept")
        #expect(rows.allSatisfy { $0.2 == 7 && $0.3 == nil }, "what is shorter goes on with nulls")
        let none: SQL = "SELECT \(rows: [Int64](), [String]())"
        #expect(try Fixture.statelessSession().query(none).isEmpty)
    }

    @Test func identifiersAreQuoted() {
        let sql: SQL = "LISTEN \(identifier: "a \"b\"")"
        #expect(sql.text == #"LISTEN "a ""b""""#)
    }

    @Test func tooManyParametersAreRefused() throws {
        let session = try Fixture.statelessSession()
        let most: SQL = (0..<65_535).map { "\($0)" as SQL }.joined(separator: ", ")
        let one: SQL = "\(1)"
        let error = try #require(
            postgresError { try session.execute("SELECT 1 IN (\([most, one].joined(separator: ", ")))") })
        #expect(error.code == .encoding)
        #expect(error.reason == "65536 parameters, of which a statement can have 65535")
        #expect(try session.query("SELECT 65534 IN (\(most))").decode(Bool.self) == [true])
    }
}

import Foundation
import Postgres
import Testing

/// Values come back as they went, and as PostgreSQL itself reads them.
@Suite struct ValueTests {
    private func roundTrip<Value: PostgresValue & Equatable>(
        _ values: [Value], cast: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let session = try Fixture.statelessSession()
        for value in values {
            let row = try #require(try session.query("SELECT \(value)::\(unescaped: cast)").first)
            #expect(try row.decode(Value.self) == value, sourceLocation: sourceLocation)
        }
        let nullRow = try #require(try session.query("SELECT \(Value?.none)::\(unescaped: cast)").first)
        #expect(try nullRow.decode(Value?.self) == nil, sourceLocation: sourceLocation)

        let array = try #require(try session.query("SELECT \(values)::\(unescaped: cast)[]").first)
        #expect(try array[0].decode([Value].self) == values, sourceLocation: sourceLocation)
        let optionals = values.map(Optional.some) + [nil]
        let withNull = try #require(try session.query("SELECT \(optionals)::\(unescaped: cast)[]").first)
        #expect(try withNull[0].decode([Value?].self) == optionals, sourceLocation: sourceLocation)
        let empty = try #require(try session.query("SELECT \([Value]())::\(unescaped: cast)[]").first)
        #expect(try empty[0].decode([Value].self) == [], sourceLocation: sourceLocation)
        let length = try #require(try session.query("SELECT cardinality(\(optionals)::\(unescaped: cast)[])").first)
        #expect(try length[0].decode(Int.self) == optionals.count, sourceLocation: sourceLocation)

        let unnested = try session.query("SELECT * FROM unnest(\(optionals)::\(unescaped: cast)[]) AS element")
        #expect(try unnested.decode(Value?.self) == optionals, sourceLocation: sourceLocation)
    }

    @Test func booleans() throws { try roundTrip([true, false], cast: "bool") }
    @Test func smallIntegers() throws { try roundTrip([Int16.min, -1, 0, 1, .max], cast: "int2") }
    @Test func integers() throws { try roundTrip([Int32.min, -1, 0, 1, .max], cast: "int4") }
    @Test func bigIntegers() throws { try roundTrip([Int64.min, -1, 0, 1, .max], cast: "int8") }
    @Test func machineIntegers() throws { try roundTrip([Int.min, -1, 0, 1, .max], cast: "int8") }
    @Test func floats() throws {
        try roundTrip(
            [-Float.infinity, -0.5, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity], cast: "float4")
    }
    @Test func doubles() throws {
        try roundTrip(
            [-Double.infinity, -0.1, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity], cast: "float8")
    }
    @Test func texts() throws {
        try roundTrip(
            ["", " ", "网格", "👩‍👩‍👧", "a\"b{c},\\d", "NULL", String(repeating: "长", count: 100_000)], cast: "text")
    }
    @Test func bytes() throws {
        try roundTrip([[], [0], Array(0...255), [UInt8](repeating: 7, count: 1 << 20)], cast: "bytea")
    }
    @Test func uuids() throws {
        try roundTrip([UUID(), try #require(UUID(uuidString: "00000000-0000-0000-0000-000000000000"))], cast: "uuid")
    }
    @Test func timestamps() throws {
        let values: [Int64] = [0, -1, 946_684_800_000_000, 1_800_000_000_123_456, .max, .min, -60_000_000_000_000_000]
        try roundTrip(values.map(PostgresTimestamp.init), cast: "timestamptz")
    }
    @Test func dates() throws {
        try roundTrip([0, -1, 10_957, 20_000].map(PostgresDate.init), cast: "date")
    }
    @Test func json() throws {
        try roundTrip(["{}", "[1, 2]", "{\"a\":\"网\"}"].map { PostgresJSON($0) }, cast: "json")
    }

    @Test func theServerReadsTheSameValues() throws {
        let session = try Fixture.statelessSession()
        let moment = PostgresTimestamp(microseconds: 1_800_000_000_123_456)
        let row = try #require(
            try session.query(
                """
                SELECT \(moment)::text, \(PostgresTimestamp.infinity)::text, \(PostgresDate(daysSinceEpoch: 20_000))::text,
                    \([1, nil, 3] as [Int?])::text, \(Double.nan)::text, \([[1], nil, []] as [[UInt8]?])::text
                """
            ).first)
        let texts = try row.decode((String, String, String, String, String, String).self)
        #expect(texts.0 == "2027-01-15 08:00:00.123456+00")
        #expect(texts.1 == "infinity")
        #expect(texts.2 == "2024-10-04")
        #expect(texts.3 == "{1,NULL,3}")
        #expect(texts.4 == "NaN")
        #expect(texts.5 == #"{"\\x01",NULL,"\\x"}"#)
    }

    @Test func notANumberStaysOne() throws {
        let row = try #require(try Fixture.statelessSession().query("SELECT \(Double.nan), \(Float.nan)").first)
        let (double, float) = try row.decode((Double, Float).self)
        #expect(double.isNaN && float.isNaN)
    }

    @Test func narrowIntegersWidenAndWideOnesMustFit() throws {
        let row = try #require(
            try Fixture.statelessSession().query("SELECT 7::int2, 70000::int4, 5::oid, 1.5::float4").first)
        let (small, medium, oid, float) = try row.decode((Int64, Int, Int, Double).self)
        #expect((small, medium, oid, float) == (7, 70_000, 5, 1.5))
    }

    @Test func jsonbAndEnumsAreText() throws {
        let session = try Fixture.session()
        try session.executeScript("CREATE TYPE colour AS ENUM ('red', 'green')")
        let row = try #require(
            try session.query(#"SELECT '{"a": 1}'::jsonb, 'red'::colour, 'x'::varchar, 'y'::name"#).first)
        let (json, colour, varchar, name) = try row.decode((PostgresJSON, String, String, String).self)
        #expect(json.text == #"{"a": 1}"#)
        #expect((colour, varchar, name) == ("red", "x", "y"))
        try session.executeScript("CREATE TABLE document (body jsonb)")
        try session.execute("INSERT INTO document VALUES (\(PostgresJSON("[1]")))")
        try session.execute("INSERT INTO document SELECT unnest(\([PostgresJSON("[2]"), PostgresJSON("[3]")]))")
        #expect(
            try session.query("SELECT body::text FROM document ORDER BY 1").decode(String.self) == [
                "[1]", "[2]", "[3]",
            ])
    }

    private enum Level: String, PostgresValue { case city, street }
    private struct Number: RawRepresentable, PostgresValue, Equatable { var rawValue: Int64 }

    @Test func rawValuesNeedOnlyTheConformance() throws {
        let session = try Fixture.statelessSession()
        let row = try #require(
            try session.query("SELECT \(Level.street), \(Number(rawValue: 5)), \([Level.city])").first)
        let (level, number, levels) = try row.decode((Level, Number, [Level]).self)
        #expect(level == .street && number.rawValue == 5 && levels == [.city])
        let other = try #require(try session.query("SELECT 'village'").first)
        #expect(postgresError { _ = try other[0].decode(Level.self) }?.code == .decoding)
    }

    @Test func decodingErrorsNameColumnAndTypesButNoValue() throws {
        let session = try Fixture.statelessSession()
        let row = try #require(
            try session.query("SELECT 'secret'::text AS phone, NULL::int8 AS total, 70000 AS wide").first)
        let mismatch = try #require(postgresError { _ = try row["phone"].decode(Int64.self) })
        #expect(mismatch.description == "PostgreSQL decoding: column phone has type 25, which cannot be read as Int64")
        let null = try #require(postgresError { _ = try row["total"].decode(Int64.self) })
        #expect(null.description == "PostgreSQL decoding: column total is null, which cannot be read as Int64")
        #expect(postgresError { _ = try row["wide"].decode(Int16.self) }?.reason == "column wide does not fit Int16")
        #expect(postgresError { _ = try row.decode((String, Int64?).self) }?.reason == "the row has 3 columns, not 2")
    }

    @Test func numericIsRefusedRatherThanRounded() throws {
        let row = try #require(try Fixture.statelessSession().query("SELECT 1.5::numeric").first)
        #expect(postgresError { _ = try row[0].decode(Double.self) }?.code == .decoding)
        #expect(postgresError { _ = try row[0].decode(String.self) }?.code == .decoding)
    }

    @Test(arguments: ["\0", "a\0", "a\0b"])
    func textWithNullIsRefusedBeforeSending(_ text: String) throws {
        let session = try Fixture.statelessSession()
        for statement in [
            "SELECT \(text)", "SELECT \([text])", "SELECT \(PostgresJSON(text))",
            "SELECT \(unescaped: text)",
            "SELECT \("SELECT \(text)" as SQL)",
        ] as [SQL] {
            let error = try #require(postgresError { try session.execute(statement) })
            #expect(error.code == .encoding && !error.isTransient)
            #expect(error.description.contains("U+0000"))
        }
        try session.ping()
    }

    @Test func bytesAreLentWithoutACopy() throws {
        let rows = try Fixture.statelessSession().query("SELECT \([1, 2, 3] as [UInt8]), NULL::bytea")
        #expect(rows[0].bytes(0).map(Array.init) == [1, 2, 3])
        #expect(rows[0].bytes(1) == nil)
    }
}

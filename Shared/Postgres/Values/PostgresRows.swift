import CLibpq

/// The rows a statement returned, all in memory.
///
/// ```swift
/// for (id, name) in try rows.decode((Int64, String?).self) { … }
/// ```
public struct PostgresRows: RandomAccessCollection {
    let result: ResultHandle

    public var startIndex: Int { 0 }
    public var endIndex: Int { Int(PQntuples(result.pointer)) }
    public subscript(row: Int) -> PostgresRow {
        precondition(indices.contains(row), "row \(row) of \(count)")
        return PostgresRow(result: result, index: Int32(row))
    }

    public var columnNames: [String] { (0..<result.columnCount).map(result.columnName) }

    /// How many rows the statement inserted, updated, deleted or returned.
    public var affectedRows: Int { result.affectedRows }

    /// The only column of every row.
    ///
    /// - Throws: ``PostgresError`` with code `decoding`.
    public func decode<Column: PostgresDecodable>(_ column: Column.Type) throws -> [Column] {
        try map { try $0.decode(column) }
    }

    /// Every row as a tuple; the tuple has as many elements as the rows have columns.
    ///
    /// - Throws: ``PostgresError`` with code `decoding`.
    public func decode<each Column: PostgresDecodable>(
        _ columns: (repeat each Column).Type
    ) throws -> [(repeat each Column)] {
        var decoded: [(repeat each Column)] = []
        decoded.reserveCapacity(count)
        for row in self { decoded.append(try row.decode(columns)) }
        return decoded
    }
}

/// One row. Fields are read by position or name.
public struct PostgresRow {
    let result: ResultHandle
    let index: Int32

    public var count: Int { result.columnCount }

    public subscript(column: Int) -> PostgresCell {
        precondition(column >= 0 && column < count, "column \(column) of \(count)")
        return result.cell(row: index, column: column)
    }

    /// The field of the first column so named.
    ///
    /// The name is part of the statement's text, so an unknown one is a programmer's error and stops the process.
    public subscript(name: String) -> PostgresCell {
        guard let column = result.column(named: name) else { preconditionFailure("no column is named \(name)") }
        return self[column]
    }

    /// A field's bytes without a copy, nil for null; good as long as the rows live.
    public func bytes(_ column: Int) -> UnsafeRawBufferPointer? { self[column].bytes }

    /// The row's only column.
    ///
    /// - Throws: ``PostgresError`` with code `decoding`.
    public func decode<Column: PostgresDecodable>(_ column: Column.Type) throws -> Column {
        guard count == 1 else { throw PostgresError(.decoding, "the row has \(count) columns, not 1") }
        return try Column(postgres: self[0])
    }

    /// The row as a tuple with as many elements as it has columns.
    ///
    /// - Throws: ``PostgresError`` with code `decoding`.
    public func decode<each Column: PostgresDecodable>(
        _ columns: (repeat each Column).Type
    ) throws -> (repeat each Column) {
        var wanted = 0
        for _ in repeat (each Column).self { wanted += 1 }
        guard wanted == count else {
            throw PostgresError(.decoding, "the row has \(count) columns, not \(wanted)")
        }
        var column = 0
        func next<Value: PostgresDecodable>(_ type: Value.Type) throws -> Value {
            defer { column += 1 }
            return try Value(postgres: self[column])
        }
        return (repeat try next((each Column).self))
    }
}

/// Owns a `PGresult`.
final class ResultHandle: CellOwner {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }
    var columnCount: Int { Int(PQnfields(pointer)) }
    /// `INSERT`, `COMMIT`, … with the row count.
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }
    var affectedRows: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    func columnName(_ column: Int) -> String { PQfname(pointer, Int32(column)).map { String(cString: $0) } ?? "?" }
    func column(named name: String) -> Int? { (0..<columnCount).first { columnName($0) == name } }

    func cell(row: Int32, column: Int) -> PostgresCell {
        let field = Int32(column)
        let bytes: UnsafeRawBufferPointer? =
            if PQgetisnull(pointer, row, field) == 1 {
                nil
            } else {
                UnsafeRawBufferPointer(
                    start: PQgetvalue(pointer, row, field), count: Int(PQgetlength(pointer, row, field)))
            }
        return PostgresCell(owner: self, column: column, typeOID: PQftype(pointer, field), bytes: bytes)
    }
}

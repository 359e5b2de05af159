/// A cell of any type, copied out of its rows to be bound as it was read.
///
/// For whoever carries values that he need not understand, such as whole columns read with `array_agg`.
///
/// ```swift
/// let ids = PostgresKeptCell(rows[0][0])
/// try transaction.execute("INSERT INTO copy SELECT unnest(\(ids))")
/// ```
public struct PostgresKeptCell: Sendable {
    let typeOID: UInt32
    /// The bytes in binary format; nil for null.
    let bytes: [UInt8]?

    public init(_ cell: PostgresCell) {
        typeOID = cell.typeOID
        bytes = cell.bytes.map { Array($0) }
    }
}

extension SQL.StringInterpolation {
    /// Binds a cell that was read before; its bytes are shared, not copied.
    public mutating func appendInterpolation(_ cell: PostgresKeptCell) { append(cell) }
}

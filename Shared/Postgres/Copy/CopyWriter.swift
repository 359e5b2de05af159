/// Writes rows to COPY … FROM STDIN in binary format.
///
/// A field's type must be exactly its column's: COPY converts nothing. An `Int` into an `integer` column is refused by
/// the server; write an `Int32`.
public struct CopyWriter: ~Copyable {
    private let columns: Int
    private var buffer = BindBuffer()
    private let send: (UnsafeRawBufferPointer) throws -> Void

    /// Bytes collected before they are handed to libpq.
    private static let chunkSize = 64 * 1024

    init(columns: Int, send: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.columns = columns
        self.send = send
        buffer.bytes.reserveCapacity(Self.chunkSize * 2)
        // Signature, flags, length of the header's extension.
        buffer.write(bytes: Self.signature)
        buffer.write(Int32(0))
        buffer.write(Int32(0))
    }

    static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]

    /// Writes one row; as many values as the COPY has columns.
    ///
    /// - Throws: ``PostgresError`` when a value cannot be sent or the connection is lost.
    public mutating func write<each Value: PostgresEncodable>(_ values: repeat each Value) throws {
        var given = 0
        let start = buffer.bytes.count
        buffer.write(Int16(truncatingIfNeeded: columns))
        for value in repeat each values {
            given += 1
            buffer.writeWithLength(value)
        }
        guard given == columns else {
            buffer.bytes.removeLast(buffer.bytes.count - start)
            throw PostgresError(.misuse, "a row of \(given) values for \(columns) columns")
        }
        if let refusal = buffer.refusal { throw PostgresError(.encoding, refusal) }
        if buffer.bytes.count >= Self.chunkSize { try flush() }
    }

    mutating func finish() throws {
        buffer.write(Int16(-1))
        try flush()
    }

    private mutating func flush() throws {
        try buffer.bytes.withUnsafeBytes(send)
        buffer.bytes.removeAll(keepingCapacity: true)
    }
}

import CLibpq

/// One row of COPY … TO STDOUT. COPY names neither columns nor types: a field is read as the type asked for.
public struct CopyRow {
    let fields: [UnsafeRawBufferPointer?]
    let owner: CopyChunk

    public var count: Int { fields.count }

    public subscript(column: Int) -> PostgresCell {
        PostgresCell(owner: owner, column: column, typeOID: TypeOID.unspecified, bytes: fields[column])
    }

    /// The row as a tuple with as many elements as it has fields.
    public func decode<each Column: PostgresDecodable>(
        _ columns: (repeat each Column).Type
    ) throws -> (repeat each Column) {
        var wanted = 0
        for _ in repeat (each Column).self { wanted += 1 }
        guard wanted == count else { throw PostgresError(.decoding, "the row has \(count) columns, not \(wanted)") }
        var column = 0
        func next<Value: PostgresDecodable>(_ type: Value.Type) throws -> Value {
            defer { column += 1 }
            return try Value(postgres: self[column])
        }
        return (repeat try next((each Column).self))
    }
}

/// Bytes libpq allocated for one message of COPY.
final class CopyChunk: CellOwner {
    let bytes: UnsafeRawBufferPointer
    private let start: UnsafeMutablePointer<CChar>

    init(_ start: UnsafeMutablePointer<CChar>, count: Int) {
        self.start = start
        bytes = UnsafeRawBufferPointer(start: start, count: count)
    }

    deinit { PQfreemem(start) }

    func columnName(_ column: Int) -> String { "\(column + 1) of COPY" }
}

/// Takes the rows out of the messages of COPY … TO STDOUT in binary format.
struct CopyReader {
    private var hasHeader = false

    /// Calls `body` for each row in the message. PostgreSQL never splits a row between messages.
    mutating func read(_ chunk: CopyChunk, _ body: (CopyRow) throws -> Void) throws {
        var reader = ByteReader(chunk.bytes)
        if !hasHeader {
            guard let signature = reader.readBytes(CopyWriter.signature.count),
                signature.elementsEqual(CopyWriter.signature), let _: Int32 = reader.read(),
                let extensionSize: Int32 = reader.read(), reader.readBytes(Int(max(extensionSize, 0))) != nil
            else { throw Self.malformed }
            hasHeader = true
        }
        while reader.remaining > 0 {
            guard let count: Int16 = reader.read() else { throw Self.malformed }
            if count < 0 { return }
            var fields: [UnsafeRawBufferPointer?] = []
            fields.reserveCapacity(Int(count))
            for _ in 0..<count {
                guard let length: Int32 = reader.read(), let bytes = reader.readBytes(Int(max(length, 0))) else {
                    throw Self.malformed
                }
                fields.append(length < 0 ? nil : bytes)
            }
            try body(CopyRow(fields: fields, owner: chunk))
        }
    }

    private static let malformed = PostgresError(.protocolViolation, "COPY sent a malformed message")
}

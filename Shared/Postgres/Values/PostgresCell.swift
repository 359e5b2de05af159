/// One field of a row, still in the server's bytes.
public struct PostgresCell {
    /// Keeps the bytes alive.
    let owner: any CellOwner
    let column: Int
    /// The number of the field's type in `pg_type`; 0 when the server did not say, as in COPY.
    public let typeOID: UInt32
    /// The field's bytes in binary format, nil for null. Good as long as the cell, or the rows it is from, live.
    public let bytes: UnsafeRawBufferPointer?

    public var isNull: Bool { bytes == nil }

    /// Reads the field.
    ///
    /// - Throws: ``PostgresError`` with code `decoding` when the field is null or of another type.
    public func decode<Value: PostgresDecodable>(_ type: Value.Type = Value.self) throws -> Value {
        try Value(postgres: self)
    }

    /// The error to throw from a ``PostgresDecodable`` initialiser: `what` follows the column's name in a sentence and
    /// must hold no data.
    public func failure(_ what: String) -> PostgresError {
        PostgresError(.decoding, "column \(owner.columnName(column)) \(what)")
    }
}

/// What cells point into.
protocol CellOwner: AnyObject {
    func columnName(_ column: Int) -> String
}

extension PostgresCell {
    func mismatch<Value>(_ type: Value.Type) -> PostgresError {
        failure("has type \(typeOID), which cannot be read as \(type)")
    }

    func notNull<Value>(as type: Value.Type) throws -> UnsafeRawBufferPointer {
        guard let bytes else { throw failure("is null, which cannot be read as \(type)") }
        return bytes
    }

    /// The bytes of a type of one size.
    func value<Value>(as type: Value.Type, _ oid: UInt32, size: Int) throws -> UnsafeRawBufferPointer {
        let bytes = try notNull(as: type)
        guard typeOID == oid || typeOID == TypeOID.unspecified, bytes.count == size else { throw mismatch(type) }
        return bytes
    }

    /// The UTF-8 bytes of a type whose binary form is text, `jsonb` included.
    func textBytes<Value>(as type: Value.Type) throws -> UnsafeRawBufferPointer {
        let bytes = try notNull(as: type)
        if typeOID == TypeOID.jsonb {
            // jsonb is sent as text after a version byte.
            guard bytes.first == 1 else { throw failure("has an unknown version of jsonb") }
            return UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        }
        guard TypeOID.isText(typeOID) else { throw mismatch(type) }
        return bytes
    }

    func element(type: UInt32, bytes: UnsafeRawBufferPointer?) -> PostgresCell {
        PostgresCell(owner: owner, column: column, typeOID: type, bytes: bytes)
    }
}

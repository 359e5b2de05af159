extension Bool: PostgresValue {
    @inlinable public static var postgresType: PostgresType { .bool }
    @inlinable public func encode(into buffer: inout BindBuffer) { buffer.write(self ? UInt8(1) : 0) }

    public init(postgres cell: PostgresCell) throws {
        self = try cell.value(as: Self.self, PostgresType.bool.oid, size: 1)[0] != 0
    }
}

extension Int16: PostgresValue {
    @inlinable public static var postgresType: PostgresType { .int2 }
    @inlinable public func encode(into buffer: inout BindBuffer) { buffer.write(self) }
    public init(postgres cell: PostgresCell) throws { self = try cell.integer() }
}

extension Int32: PostgresValue {
    @inlinable public static var postgresType: PostgresType { .int4 }
    @inlinable public func encode(into buffer: inout BindBuffer) { buffer.write(self) }
    public init(postgres cell: PostgresCell) throws { self = try cell.integer() }
}

extension Int64: PostgresValue {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable public func encode(into buffer: inout BindBuffer) { buffer.write(self) }
    public init(postgres cell: PostgresCell) throws { self = try cell.integer() }
}

/// Travels as `bigint`.
extension Int: PostgresValue {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable public func encode(into buffer: inout BindBuffer) { buffer.write(Int64(self)) }
    public init(postgres cell: PostgresCell) throws { self = try cell.integer() }
}

extension Float: PostgresValue {
    @inlinable public static var postgresType: PostgresType { .float4 }
    @inlinable public func encode(into buffer: inout BindBuffer) { buffer.write(bitPattern) }

    public init(postgres cell: PostgresCell) throws {
        let bytes = try cell.value(as: Self.self, PostgresType.float4.oid, size: 4)
        self = Float(bitPattern: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
    }
}

extension Double: PostgresValue {
    @inlinable public static var postgresType: PostgresType { .float8 }
    @inlinable public func encode(into buffer: inout BindBuffer) { buffer.write(bitPattern) }

    public init(postgres cell: PostgresCell) throws {
        if cell.typeOID == PostgresType.float4.oid {
            self = Double(try Float(postgres: cell))
        } else {
            let bytes = try cell.value(as: Self.self, PostgresType.float8.oid, size: 8)
            self = Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)))
        }
    }
}

/// Travels as `text`. Read from any type whose binary form is text: `text`, `varchar`, `name`, `json`, enums.
extension String: PostgresValue {
    @inlinable public static var postgresType: PostgresType { .text }
    @inlinable public func encode(into buffer: inout BindBuffer) { buffer.write(text: self) }

    public init(postgres cell: PostgresCell) throws {
        let bytes = try cell.textBytes(as: Self.self)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw cell.failure("is not UTF-8") }
        self = text
    }
}

extension PostgresCell {
    /// An integer of any width the server sent, if it fits.
    fileprivate func integer<Number: FixedWidthInteger>() throws -> Number {
        let bytes = try notNull(as: Number.self)
        let wide: Int64
        switch (typeOID, bytes.count) {
        case (PostgresType.int8.oid, 8), (TypeOID.unspecified, 8):
            wide = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case (PostgresType.int4.oid, 4), (TypeOID.unspecified, 4):
            wide = Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case (PostgresType.int2.oid, 2), (TypeOID.unspecified, 2):
            wide = Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        case (TypeOID.oid, 4):
            wide = Int64(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
        default:
            throw mismatch(Number.self)
        }
        guard let number = Number(exactly: wide) else { throw failure("does not fit \(Number.self)") }
        return number
    }
}

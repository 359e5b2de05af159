/// Arrays travel as one-dimensional PostgreSQL arrays; `[UInt8]` is `bytea`.
extension Array: PostgresEncodable where Element: PostgresArrayElement {
    public static var postgresType: PostgresType { Element.postgresArrayType }
    public func encode(into buffer: inout BindBuffer) { Element.encode(array: self, into: &buffer) }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    public init(postgres cell: PostgresCell) throws { self = try Element.decode(array: cell) }
}

/// `[[UInt8]]` is `bytea[]`.
extension Array: PostgresArrayElement where Element == UInt8 {}

extension Optional: PostgresArrayElement where Wrapped: PostgresValue {}

extension UInt8: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .bytea }
    public static func encode(array bytes: [UInt8], into buffer: inout BindBuffer) { buffer.write(bytes: bytes) }

    /// Reads `bytea`, and the bytes of text and JSON as they are.
    public static func decode(array cell: PostgresCell) throws -> [UInt8] {
        if cell.typeOID == PostgresType.bytea.oid { return Array(try cell.notNull(as: [UInt8].self)) }
        return Array(try cell.textBytes(as: [UInt8].self))
    }
}

extension PostgresArrayElement where Self: PostgresEncodable & PostgresDecodable {
    public static var postgresArrayType: PostgresType {
        PostgresType(oid: postgresType.arrayOID, arrayOID: 0)
    }

    public static func encode(array: [Self], into buffer: inout BindBuffer) {
        let start = buffer.bytes.count
        buffer.writeArrayHeader(elementType: postgresType.oid)
        for element in array where buffer.writeWithLength(element) { buffer.markArrayHasNulls(at: start) }
        buffer.updateArrayHeader(at: start, count: array.count)
    }

    public static func decode(array cell: PostgresCell) throws -> [Self] {
        var reader = ByteReader(try cell.notNull(as: [Self].self))
        guard let dimensions: Int32 = reader.read(), let _: Int32 = reader.read(),
            let elementType: UInt32 = reader.read()
        else { throw cell.mismatch([Self].self) }
        if dimensions == 0 { return [] }
        guard dimensions == 1, let count: Int32 = reader.read(), let _: Int32 = reader.read(), count >= 0 else {
            throw cell.failure("is an array of \(dimensions) dimensions; only one can be read")
        }
        var elements: [Self] = []
        // A count is believed only as far as the bytes could hold it.
        elements.reserveCapacity(min(Int(count), reader.remaining / 4))
        for _ in 0..<count {
            guard let length: Int32 = reader.read(), let bytes = reader.readBytes(Int(max(length, 0))) else {
                throw cell.failure("is a malformed array")
            }
            elements.append(try Self(postgres: cell.element(type: elementType, bytes: length < 0 ? nil : bytes)))
        }
        return elements
    }
}

/// Reads big-endian numbers and runs of bytes one after another; nil past the end.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - offset }

    mutating func read<Number: FixedWidthInteger>() -> Number? {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { return nil }
        defer { offset += size }
        return Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    mutating func readBytes(_ count: Int) -> UnsafeRawBufferPointer? {
        guard remaining >= count else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The bytes of parameters in PostgreSQL's binary format: big-endian, each value after its length.
public struct BindBuffer: Sendable {
    @usableFromInline var bytes: [UInt8] = []
    @usableFromInline var valueIsNull = false
    /// Why a value written so far cannot be sent. Encoding cannot throw inside a string interpolation, so the
    /// statement is refused when it is about to be sent.
    private(set) var refusal: String?

    init() {}

    /// Appends an integer, most significant byte first.
    @inlinable
    public mutating func write<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends bytes as they are.
    @inlinable
    public mutating func write(bytes more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

    /// Appends bytes as they are.
    @inlinable
    public mutating func write(bytes more: [UInt8]) { bytes.append(contentsOf: more) }

    /// Appends text in UTF-8. Text with U+0000, which PostgreSQL cannot keep, makes the statement refuse to be sent.
    public mutating func write(text: String) {
        var text = text
        text.withUTF8 { utf8 in
            if holdsNull(UnsafeRawBufferPointer(utf8)) { refuse("text contains U+0000") }
            bytes.append(contentsOf: utf8)
        }
    }

    /// Makes the value SQL's null.
    @inlinable
    public mutating func writeNull() { valueIsNull = true }

    /// Says that the value cannot be sent. The reason must hold no data: it ends up in logs.
    public mutating func refuse(_ reason: String) { refusal = refusal ?? reason }

    /// Appends `value` after its length in four bytes, −1 for null: the form of array elements and COPY fields.
    /// Returns whether it was null.
    @discardableResult
    mutating func writeWithLength<Value: PostgresEncodable>(_ value: Value) -> Bool {
        let start = bytes.count
        write(Int32(0))
        value.encode(into: &self)
        if valueIsNull {
            valueIsNull = false
            bytes.removeLast(bytes.count - start - 4)
            replace(at: start, with: -1)
            return true
        } else {
            let length = bytes.count - start - 4
            if length > Int32.max { refuse("a value is larger than 2 GiB") }
            replace(at: start, with: Int32(truncatingIfNeeded: length))
            return false
        }
    }

    mutating func replace(at offset: Int, with number: Int32) {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: number.bigEndian, toByteOffset: offset, as: Int32.self) }
    }
}

/// A one-dimensional array: dimensions, null flag, element type, length, lower bound, then the elements.
extension BindBuffer {
    mutating func writeArrayHeader(elementType: UInt32) {
        write(Int32(1))
        write(Int32(0))
        write(elementType)
        write(Int32(0))
        write(Int32(1))
    }

    mutating func updateArrayHeader(at start: Int, count: Int) {
        replace(at: start + 12, with: Int32(truncatingIfNeeded: count))
    }

    mutating func markArrayHasNulls(at start: Int) { replace(at: start + 4, with: 1) }
}

/// Whether the bytes contain a zero.
func holdsNull(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return false }
    return memchr(start, 0, bytes.count) != nil
}

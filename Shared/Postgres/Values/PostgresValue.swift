/// A value that can be a statement's parameter, in PostgreSQL's binary format.
///
/// A type with a raw value that is encodable needs no more than the conformance.
public protocol PostgresEncodable {
    /// The type of the parameter. `Optional` has its wrapped value's type, so that a null is typed too.
    static var postgresType: PostgresType { get }
    /// Writes the value's bytes, without a length, or calls ``BindBuffer/writeNull()``.
    func encode(into buffer: inout BindBuffer)
}

/// A value that can be read from a cell of a result.
///
/// A type with a raw value that is decodable needs no more than the conformance.
public protocol PostgresDecodable {
    /// - Throws: ``PostgresError`` with code `decoding`, naming the column and the types, never the value.
    init(postgres cell: PostgresCell) throws
}

/// A type whose arrays can be parameters and cells. A type that is encodable and decodable needs only the conformance.
public protocol PostgresArrayElement {
    /// The type of `[Self]`.
    static var postgresArrayType: PostgresType { get }
    static func encode(array: [Self], into buffer: inout BindBuffer)
    static func decode(array cell: PostgresCell) throws -> [Self]
}

/// A value that goes both ways, alone and in arrays: what an identifier or a code declares.
///
/// ```swift
/// extension GridCode: PostgresValue {}
/// ```
public typealias PostgresValue = PostgresEncodable & PostgresDecodable & PostgresArrayElement

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { RawValue.postgresType }
    @inlinable public func encode(into buffer: inout BindBuffer) { rawValue.encode(into: &buffer) }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws {
        guard let value = Self(rawValue: try RawValue(postgres: cell)) else {
            throw cell.failure("is none of the values of \(Self.self)")
        }
        self = value
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { Wrapped.postgresType }

    @inlinable
    public func encode(into buffer: inout BindBuffer) {
        if let value = self { value.encode(into: &buffer) } else { buffer.writeNull() }
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws {
        self = cell.isNull ? nil : try Wrapped(postgres: cell)
    }
}

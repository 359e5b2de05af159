/// A JSON document as bytes, for `json` columns and, by assignment, `jsonb` columns. The server checks its syntax.
public struct PostgresJSON: Hashable, Sendable {
    public var bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }
    public init(_ text: String) { bytes = Array(text.utf8) }

    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension PostgresJSON: PostgresValue {
    public static var postgresType: PostgresType { .json }

    public func encode(into buffer: inout BindBuffer) {
        if bytes.withUnsafeBytes(holdsNull) { buffer.refuse("JSON contains U+0000") }
        buffer.write(bytes: bytes)
    }

    public init(postgres cell: PostgresCell) throws { bytes = Array(try cell.textBytes(as: Self.self)) }
}

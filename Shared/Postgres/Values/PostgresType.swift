/// A PostgreSQL type as parameters name it: its number in `pg_type`, and that of its array type.
public struct PostgresType: Hashable, Sendable {
    public var oid: UInt32
    /// The type of an array of this one; 0 when it has none.
    public var arrayOID: UInt32

    @inlinable
    public init(oid: UInt32, arrayOID: UInt32) {
        self.oid = oid
        self.arrayOID = arrayOID
    }

    // Built-in types have had the same numbers since their first release; see `pg_type.dat`.
    @inlinable public static var bool: PostgresType { PostgresType(oid: 16, arrayOID: 1000) }
    @inlinable public static var bytea: PostgresType { PostgresType(oid: 17, arrayOID: 1001) }
    @inlinable public static var int2: PostgresType { PostgresType(oid: 21, arrayOID: 1005) }
    @inlinable public static var int4: PostgresType { PostgresType(oid: 23, arrayOID: 1007) }
    @inlinable public static var int8: PostgresType { PostgresType(oid: 20, arrayOID: 1016) }
    @inlinable public static var float4: PostgresType { PostgresType(oid: 700, arrayOID: 1021) }
    @inlinable public static var float8: PostgresType { PostgresType(oid: 701, arrayOID: 1022) }
    @inlinable public static var text: PostgresType { PostgresType(oid: 25, arrayOID: 1009) }
    @inlinable public static var uuid: PostgresType { PostgresType(oid: 2950, arrayOID: 2951) }
    @inlinable public static var date: PostgresType { PostgresType(oid: 1082, arrayOID: 1182) }
    @inlinable public static var timestamptz: PostgresType { PostgresType(oid: 1184, arrayOID: 1185) }
    @inlinable public static var json: PostgresType { PostgresType(oid: 114, arrayOID: 199) }
}

/// Numbers of types that are only read.
enum TypeOID {
    static let unspecified: UInt32 = 0
    static let singleByteChar: UInt32 = 18
    static let name: UInt32 = 19
    static let oid: UInt32 = 26
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let timestamp: UInt32 = 1114
    static let jsonb: UInt32 = 3802
    /// Types made by users, such as enums and domains' bases, are numbered from here.
    static let firstUserDefined: UInt32 = 16384

    /// Whether the binary form of the type is its text in UTF-8. A user's type is taken at its word.
    static func isText(_ oid: UInt32) -> Bool {
        switch oid {
        case unspecified, singleByteChar, name, unknown, bpchar, varchar, PostgresType.text.oid, PostgresType.json.oid:
            true
        default: oid >= firstUserDefined
        }
    }
}

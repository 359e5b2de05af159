#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension UUID: PostgresValue {
    public static var postgresType: PostgresType { .uuid }

    public func encode(into buffer: inout BindBuffer) {
        withUnsafeBytes(of: uuid) { buffer.write(bytes: $0) }
    }

    public init(postgres cell: PostgresCell) throws {
        let bytes = try cell.value(as: Self.self, PostgresType.uuid.oid, size: 16)
        self.init(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}

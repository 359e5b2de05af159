import City
import Foundation

@testable import CityStore
@testable import Postgres

extension FuzzTarget {
    static let storedTargets = [
        FuzzTarget("postgres-values") { try StoredValues.check($0) },
        FuzzTarget("well-known-binary") { try Areas.check($0) },
    ]
}

/// A cell is read as a type or refused; what was read and bound again has the same bytes.
private enum StoredValues {
    private final class Owner: CellOwner {
        func columnName(_ column: Int) -> String { "fuzz" }
    }

    private static let readers: [@Sendable (PostgresCell) throws -> Void] = [
        { try roundTrip($0, Bool.self) }, { try roundTrip($0, Int16.self) }, { try roundTrip($0, Int32.self) },
        { try roundTrip($0, Int64.self) }, { try roundTrip($0, Float.self) }, { try roundTrip($0, Double.self) },
        { try roundTrip($0, String.self) }, { try roundTrip($0, [UInt8].self) }, { try roundTrip($0, UUID.self) },
        { try roundTrip($0, PostgresTimestamp.self) }, { try roundTrip($0, PostgresDate.self) },
        { try roundTrip($0, PostgresJSON.self) }, { try roundTrip($0, [Int64].self) },
        { try roundTrip($0, [String].self) },
        { try roundTrip($0, [PostgresTimestamp].self) }, { try roundTrip($0, [[UInt8]].self) },
        { try roundTrip($0, [String?].self) }, { try roundTrip($0, [Int32?].self) },
    ]
    private static let types: [UInt32] = [
        0, 16, 17, 18, 19, 20, 21, 23, 25, 26, 114, 700, 701, 1_016, 1_009, 1_001, 1_082, 1_114, 1_184, 1_185, 2_950,
        3_802, 20_000,
    ]

    /// The first byte picks what is read, the second the type the server names.
    static func check(_ bytes: [UInt8]) throws {
        let (reader, rest) = bytes.split
        let (type, field) = rest.split
        try field.withUnsafeBytes { field in
            let cell = PostgresCell(owner: Owner(), column: 0, typeOID: types[type % types.count], bytes: field)
            do { try readers[reader % readers.count](cell) } catch is PostgresError {}
        }
    }

    private static func roundTrip<Value: PostgresEncodable & PostgresDecodable>(
        _ cell: PostgresCell, _ type: Value.Type
    ) throws {
        let once = bound(try Value(postgres: cell))
        // A value that PostgreSQL cannot keep is refused when it is bound.
        guard once.refusal == nil else { return }
        let twice = try once.bytes.withUnsafeBytes { bytes in
            bound(
                try Value(
                    postgres: PostgresCell(
                        owner: cell.owner, column: 0, typeOID: Value.postgresType.oid, bytes: bytes)))
        }
        try promise(once.bytes == twice.bytes, "\(Value.self) is not read back")
    }

    private static func bound(_ value: some PostgresEncodable) -> BindBuffer {
        var buffer = BindBuffer()
        value.encode(into: &buffer)
        return buffer
    }
}

/// An area is refused, or encoded again it has the same bytes.
private enum Areas {
    static func check(_ bytes: [UInt8]) throws {
        guard let area = bytes.withUnsafeBytes({ WellKnownBinary.decode($0) }) else { return }
        try promise(WellKnownBinary.encode(area) == bytes, "encoded again it differs")
    }
}

/// A moment as `timestamptz` keeps it: microseconds since 1970-01-01T00:00:00Z.
public struct PostgresTimestamp: Hashable, Comparable, Sendable {
    /// Microseconds since the Unix epoch; `Int64.max` and `Int64.min` are PostgreSQL's `infinity` and `-infinity`.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Later than every moment, as in an open end of validity.
    public static let infinity = PostgresTimestamp(microseconds: .max)
    public static let negativeInfinity = PostgresTimestamp(microseconds: .min)

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}

extension PostgresTimestamp: PostgresValue {
    /// PostgreSQL counts from 2000-01-01.
    @usableFromInline static var epochMicroseconds: Int64 { 946_684_800_000_000 }

    @inlinable public static var postgresType: PostgresType { .timestamptz }

    @inlinable
    public func encode(into buffer: inout BindBuffer) {
        guard microseconds != .max, microseconds != .min else {
            buffer.write(microseconds)
            return
        }
        let (shifted, overflow) = microseconds.subtractingReportingOverflow(Self.epochMicroseconds)
        if overflow { buffer.refuse("a timestamp is out of PostgreSQL's range") }
        buffer.write(shifted)
    }

    /// Reads `timestamptz`, and `timestamp` as if it were UTC.
    public init(postgres cell: PostgresCell) throws {
        let oid = cell.typeOID == TypeOID.timestamp ? TypeOID.timestamp : PostgresType.timestamptz.oid
        let bytes = try cell.value(as: Self.self, oid, size: 8)
        let raw = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        if raw == .max || raw == .min {
            microseconds = raw
        } else {
            let (shifted, overflow) = raw.addingReportingOverflow(Self.epochMicroseconds)
            guard !overflow else { throw cell.failure("does not fit \(Self.self)") }
            microseconds = shifted
        }
    }
}

/// A `date`: days since 1970-01-01.
public struct PostgresDate: Hashable, Comparable, Sendable {
    public var daysSinceEpoch: Int32

    public init(daysSinceEpoch: Int32) { self.daysSinceEpoch = daysSinceEpoch }

    public static func < (left: Self, right: Self) -> Bool { left.daysSinceEpoch < right.daysSinceEpoch }
}

extension PostgresDate: PostgresValue {
    /// 2000-01-01, from which PostgreSQL counts.
    @usableFromInline static var epochDays: Int32 { 10_957 }

    @inlinable public static var postgresType: PostgresType { .date }

    @inlinable
    public func encode(into buffer: inout BindBuffer) {
        let (shifted, overflow) = daysSinceEpoch.subtractingReportingOverflow(Self.epochDays)
        if overflow { buffer.refuse("a date is out of PostgreSQL's range") }
        buffer.write(shifted)
    }

    public init(postgres cell: PostgresCell) throws {
        let bytes = try cell.value(as: Self.self, PostgresType.date.oid, size: 4)
        let (shifted, overflow) = Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))
            .addingReportingOverflow(Self.epochDays)
        guard !overflow else { throw cell.failure("does not fit \(Self.self)") }
        daysSinceEpoch = shifted
    }
}

public import City
public import Postgres

extension PostgresTimestamp {
    /// The same moment, for a bind.
    public init(_ time: Timestamp) { self.init(microseconds: time.microseconds) }
}

extension Timestamp {
    /// The same moment, from a row.
    public init(_ time: PostgresTimestamp) { self.init(microseconds: time.microseconds) }
}

import Postgres

/// Its database, as a test looks at it.
extension SuiteUnderTest {
    func query<Value: PostgresDecodable & Sendable>(_ sql: SQL, _ type: Value.Type = Value.self) async throws -> [Value]
    {
        try await rows(sql) { try $0.decode(Value.self) }
    }

    func value<Value: PostgresDecodable & Sendable>(_ sql: SQL, _ type: Value.Type = Value.self) async throws -> Value?
    {
        try await query(sql, Value.self).first
    }

    /// Runs a statement for what it does.
    func run(_ sql: SQL) async throws { _ = try await rows(sql) { $0.affectedRows } }

    /// Runs a query on a session of its own: the server may have been killed since the last one.
    func rows<Result: Sendable>(
        _ sql: SQL, _ body: @escaping @Sendable (PostgresRows) throws -> Result
    ) async throws -> Result {
        try await blocking { [postgresURL] in
            let session = try PostgresSession(PostgresSettings(url: postgresURL), logger: Self.quiet)
            defer { session.close() }
            return try body(try session.query(sql))
        }
    }
}

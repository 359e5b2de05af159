import City
import Postgres
import ServiceKit

/// SQL of publishers' keys.
enum PublisherKeyStore {
    static func find(keyID: String, session: PostgresSession) throws -> StoredAPIKey? {
        let rows = try session.query(
            """
            SELECT hash, publisher, sources, revoked_at IS NOT NULL FROM intake.publisher_key WHERE key_id = \(keyID)
            """)
        guard let row = rows.first else { return nil }
        let (hash, publisher, sources, isRevoked) = try row.decode(([UInt8], String, [String], Bool).self)
        return StoredAPIKey(
            hash: hash,
            publisher: Publisher(name: publisher, sources: Set(sources.map { SourceCode(rawValue: $0) })),
            isRevoked: isRevoked)
    }
}

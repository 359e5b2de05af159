import City
import Postgres
import ServiceKit

/// SQL of publishers' keys, as an operator sees them.
enum PublisherKeys {
    struct Row: Sendable {
        var id: String
        var publisher: String
        var sources: [String]
        var createdAt: PostgresTimestamp
        var revokedAt: PostgresTimestamp?
    }

    /// Stores a new key.
    ///
    /// - Throws: ``CommandFailure`` when the publisher has as many live keys as it may have.
    static func create(publisher: String, sources: [String], session: PostgresSession) throws -> APIKey {
        let key = APIKey.generate()
        do {
            return try session.transaction { transaction in
                // Two operators at once must not both see room for one more.
                try transaction.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('publisher_key'), hashtext(\(publisher)))")
                let live = try transaction.query(
                    "SELECT key_id FROM intake.publisher_key WHERE publisher = \(publisher) AND revoked_at IS NULL"
                ).decode(String.self)
                guard live.count < APIKey.maximumLivePerPublisher else {
                    let names = live.sorted().joined(separator: ", ")
                    throw CommandFailure(
                        .data, zh: "\(publisher) 已有 \(live.count) 个有效密钥（\(names)），请先 gridctl key revoke",
                        en:
                            "\(publisher) has \(live.count) live keys already (\(names)); revoke one with gridctl key revoke"
                    )
                }
                try transaction.execute(
                    """
                    INSERT INTO intake.publisher_key (key_id, publisher, sources, hash)
                    VALUES (\(key.id), \(publisher), \(sources), \(key.hash))
                    """)
                return key
            }
        } catch {
            throw error.cause
        }
    }

    /// All keys, those that live first.
    static func all(_ session: PostgresSession) throws -> [Row] {
        let rows = try session.query(
            """
            SELECT key_id, publisher, sources, created_at, revoked_at FROM intake.publisher_key
            ORDER BY revoked_at IS NOT NULL, publisher, created_at
            """)
        return try rows.decode((String, String, [String], PostgresTimestamp, PostgresTimestamp?).self).map {
            Row(id: $0.0, publisher: $0.1, sources: $0.2, createdAt: $0.3, revokedAt: $0.4)
        }
    }

    /// - Returns: Whether there was such a key that was not revoked.
    static func revoke(_ id: String, session: PostgresSession) throws -> Bool {
        try session.execute(
            "UPDATE intake.publisher_key SET revoked_at = clock_timestamp() WHERE key_id = \(id) AND revoked_at IS NULL"
        ) == 1
    }
}

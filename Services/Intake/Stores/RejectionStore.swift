import City
import EventLog
import Messages
import Postgres

/// SQL of refused input.
enum RejectionStore {
    /// Input beyond this is cut before it is kept: a flood of huge bodies must not fill the disk.
    static let keptBytes = 64 * 1024

    /// Keeps refused input and returns its numbers, in order.
    static func insert(
        _ refusals: [Refusal], sealing: Sealing, now: Timestamp, in transaction: PostgresTransaction
    ) throws -> [Int64] {
        let numbers = try transaction.query(
            """
            SELECT nextval(pg_get_serial_sequence('intake.rejection', 'id'))
            FROM generate_series(1, \(Int64(refusals.count)))
            """)
        let ids = try numbers.decode(Int64.self)
        let sealed = try zip(ids, refusals).map { id, refusal in
            try sealing.seal(
                Array(refusal.input.prefix(keptBytes)), place: "intake.rejection.sealed", row: id)
        }
        try transaction.enqueue(
            """
            INSERT INTO intake.rejection (id, source, received_at, reasons, key_version, sealed, truncated)
            OVERRIDING SYSTEM VALUE
            SELECT id, source, \(PostgresTimestamp(now)), reasons::json, \(sealing.keyVersion), sealed, truncated
            FROM (SELECT \(rows: ids, refusals.map(\.source.rawValue), refusals.map { reasonsJSON($0.reasons) }, sealed,
                refusals.map { $0.input.count > keptBytes })) AS r (id, source, reasons, sealed, truncated)
            """)
        return ids
    }

    private static func reasonsJSON(_ reasons: [SubmissionFault]) -> String {
        var writer = JSONWriter()
        writer.array(reasons) { writer, reason in
            writer.object {
                $0.field("pointer", reason.pointer)
                $0.field("slug", reason.slug.rawValue)
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

import City
import EventLog
import Postgres

/// SQL of contact data, which lives in one table of its own, encrypted.
enum ContactStore {
    static func insert(
        _ contacts: [(report: ReportID, contact: [UInt8])], sealing: Sealing, in transaction: PostgresTransaction
    ) throws {
        guard !contacts.isEmpty else { return }
        if PlantedFault.contactInLog.isActive { log(contacts) }
        let sealed = try contacts.map {
            try sealing.seal($0.contact, place: "intake.contact.sealed", row: $0.report.value)
        }
        try transaction.enqueue(
            """
            INSERT INTO intake.contact (report_id, key_version, sealed)
            SELECT r.id, \(sealing.keyVersion), r.sealed
            FROM (SELECT \(rows: contacts.map(\.report.value), sealed)) AS r (id, sealed)
            """)
    }
}

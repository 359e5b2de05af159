import Kafka
import Messages
import Postgres

/// Relays as they must not be. Nothing here runs in a release build; see ``PlantedFault``.
extension KafkaLogSink {
    /// Notes the highest number of the outbox that anybody has sent.
    func moveCursor(past frames: [LogFrame], lane: Int32, session: PostgresSession) throws {
        try session.execute(
            """
            /* cursor-over-outbox */
            INSERT INTO eventlog.lane (service, input, partition, next_offset)
            SELECT 'relay', 'outbox', 0, max(o.id) FROM eventlog.outbox o
            JOIN (
                SELECT \(rows: frames.map(\.topic.name), frames.map { Int16($0.partition) }, frames.map(\.firstNumber))
            ) AS f (topic, partition, first_number) USING (topic, partition, first_number)
            WHERE o.lane = \(lane) HAVING count(*) > 0
            ON CONFLICT (service, input, partition)
            DO UPDATE SET next_offset = greatest(lane.next_offset, excluded.next_offset)
            """)
    }

    /// Takes whatever has a lower number than the last one sent for sent, though it was committed later or left behind.
    func dropBelowCursor(lane: Int32, session: PostgresSession) throws {
        try session.execute(
            """
            /* cursor-over-outbox */
            DELETE FROM eventlog.outbox o USING eventlog.lane c
            WHERE o.lane = \(lane) AND c.service = 'relay' AND c.input = 'outbox' AND o.id <= c.next_offset
            """)
    }

    /// Lets two senders share the records, each with every other one; neither waits for the other.
    func deal(_ records: [KafkaRecordToSend]) -> [KafkaRecordToSend] {
        let (slower, faster) = (0, 1)
        return [faster, slower].flatMap { sender in
            records.indices.filter { $0 % 2 == sender }.map { records[$0] }
        }
    }
}

import City
import Messages
import Postgres

/// A message that is set aside.
struct SetAside {
    var message: Message
    /// Nothing is wrong with it, but an earlier message of its subject was set aside.
    var parked: Bool
    var reason: String

    /// The copy for `<topic>.dead`: payload untouched, the reason beside it.
    func publication(now: Timestamp, service: String) -> OutgoingMessage {
        var attributes = message.attributes
        attributes["deadreason"] = reason
        attributes["deadservice"] = service
        attributes["deadtopic"] = message.topic.name
        attributes["deadpartition"] = String(message.partition)
        attributes["deadoffset"] = String(message.offset)
        attributes["deadtime"] = now.rfc3339
        return OutgoingMessage(
            topic: message.topic.dead, key: message.key, subject: message.subject, type: message.type, time: now,
            traceparent: message.traceparent, foreignID: message.id, attributes: attributes, payload: message.payload)
    }
}

/// SQL of dead letters.
enum DeadLetterStore {
    static func insert(_ asides: [SetAside], lane: LaneIdentity, in transaction: PostgresTransaction) throws {
        let records = asides.map { aside in
            var writer = RecordBatchWriter(source: aside.message.source)
            writer.append(aside.message)
            return writer.bytes
        }
        try transaction.enqueue(
            """
            INSERT INTO eventlog.dead_letter
                (lane, service, topic, partition, log_offset, subject, parked, reason, record)
            SELECT \(Int32(lane.id)), \(lane.service), \(lane.input), \(Int16(lane.partition)),
                \(rows: asides.map(\.message.offset), asides.map(\.message.subject), asides.map(\.parked),
                    asides.map(\.reason), records)
            ON CONFLICT (lane, log_offset) DO NOTHING
            """)
    }

    /// Messages whose replay an operator asked for: all that are set aside for the subjects, in order.
    static func requested(lane: LaneIdentity, limit: Int, session: PostgresSession) throws -> [Message] {
        let rows = try session.query(
            """
            SELECT d.log_offset, d.record FROM eventlog.dead_letter d
            WHERE d.lane = \(Int32(lane.id)) AND d.replayed_at IS NULL AND d.subject IN (
                SELECT r.subject FROM eventlog.dead_letter r
                WHERE r.lane = \(Int32(lane.id)) AND r.replayed_at IS NULL AND r.replay_requested_at IS NOT NULL)
            ORDER BY d.log_offset LIMIT \(Int64(limit))
            """)
        return try rows.decode((Int64, [UInt8]).self).flatMap { offset, record in
            try RecordBatch(decoding: record).messages(
                topic: Topic(name: lane.input), partition: lane.partition, baseOffset: offset, producer: 0,
                firstNumber: 0)
        }
    }

    static func markReplayed(_ messages: [Message], lane: LaneIdentity, in transaction: PostgresTransaction) throws {
        try transaction.enqueue(
            """
            UPDATE eventlog.dead_letter SET replayed_at = clock_timestamp()
            WHERE lane = \(Int32(lane.id)) AND log_offset = ANY(\(messages.map(\.offset)))
            """)
    }

    /// A replay failed again: the request is taken back, the reason renewed.
    static func markFailed(subjects: [String], reason: String, lane: LaneIdentity, session: PostgresSession) throws {
        try session.execute(
            """
            UPDATE eventlog.dead_letter SET replay_requested_at = NULL, reason = \(reason)
            WHERE lane = \(Int32(lane.id)) AND replayed_at IS NULL AND NOT parked AND subject = ANY(\(subjects))
            """)
        try session.execute(
            """
            UPDATE eventlog.dead_letter SET replay_requested_at = NULL
            WHERE lane = \(Int32(lane.id)) AND replayed_at IS NULL AND parked AND subject = ANY(\(subjects))
            """)
    }
}

import City
import Messages
import Postgres
import Synchronization

@testable import EventLog

/// What a suite has come to, without what may differ from run to run: numbers that were taken by a lane that died are
/// skipped by the next, so numbers are told by their order.
struct LogicalState: Sendable {
    let lines: [String]

    init(_ suite: LiveSuite) throws {
        let lanes = try Self.lanes(suite.control)
        var lines = try Self.tables(suite.control)
        lines += try Self.positions(suite.control, lanes)
        lines += try Self.deadLetters(suite.control, lanes)
        for key in suite.everyPartition() { lines += try Self.messages(suite, key, lanes) }
        self.lines = NumberNames(lines).naming(lines).sorted()
    }

    /// What one has and the other has not; empty when they are the same.
    func differences(from other: LogicalState) -> [String] {
        lines.difference(from: other.lines).map { change in
            switch change {
            case .remove(_, let line, _): "- \(line)"
            case .insert(_, let line, _): "+ \(line)"
            }
        }
    }

    /// Makes every sequence count in a range of its own, so that a number says what it numbers.
    static func giveNumbersTheirOwnRanges(_ session: PostgresSession) throws {
        let sequences = try session.query(
            """
            SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences
            WHERE schemaname = ANY (\(schemas)) ORDER BY 1
            """
        ).decode(String.self)
        for (index, sequence) in sequences.enumerated() {
            let start = NumberNames.first + index * NumberNames.size
            try session.executeScript("ALTER SEQUENCE \(sequence) RESTART WITH \(start)")
        }
    }

    private static let schemas = ["intake", "routing", "sla", "rewards", "analytics"]

    // MARK: Tables

    /// Every row of every table of the services.
    private static func tables(_ session: PostgresSession) throws -> [String] {
        try columns(session).flatMap { table, columns in
            try session.query(
                "SELECT jsonb_build_object(\(unescaped: columns))::text FROM \(unescaped: table)"
            ).decode(String.self).map { "\(table) \($0)" }
        }
    }

    private static let known = Mutex<[(String, String)]?>(nil)

    /// What is compared of each table: all, but sealed values, which differ by their nonces. Asked once, for all worlds
    /// have the same tables, and this takes the server longer than anything else.
    private static func columns(_ session: PostgresSession) throws -> [(String, String)] {
        if let known = known.withLock({ $0 }) { return known }
        let columns = try session.query(
            """
            SELECT format('%I.%I', table_schema, table_name),
                   string_agg(format(CASE WHEN column_name = 'document' THEN '%L, convert_from(%I, ''UTF8'')'
                                     ELSE '%L, %I' END, column_name, column_name), ', ' ORDER BY ordinal_position)
            FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = ANY (\(schemas)) AND table_type = 'BASE TABLE' AND table_name <> 'migration'
              AND column_name <> 'sealed' AND coalesce(column_default, '') NOT LIKE '%clock_timestamp%'
            GROUP BY 1 ORDER BY 1
            """
        ).decode((String, String).self)
        known.withLock { $0 = columns }
        return columns
    }

    // MARK: The log

    private static func lanes(_ session: PostgresSession) throws -> [Int: String] {
        let rows = try session.query("SELECT id, service, input, partition FROM eventlog.lane")
        return Dictionary(
            uniqueKeysWithValues: try rows.decode((Int32, String, String, Int16).self).map {
                (Int($0.0), "\($0.1)/\($0.2)/\($0.3)")
            })
    }

    private static func positions(_ session: PostgresSession, _ lanes: [Int: String]) throws -> [String] {
        let positions = try session.query("SELECT id, next_offset FROM eventlog.lane").decode((Int32, Int64).self)
        let seen = try session.query("SELECT lane, producer, last_number FROM eventlog.tape_seen")
        let sent = try session.query("SELECT lane, topic, partition, last_number FROM eventlog.tape_sent")
        return positions.map { "position \(lanes[Int($0.0)] ?? "?") \($0.1)" }
            + (try seen.decode((Int32, Int32, Int64).self)).map {
                "seen \(lanes[Int($0.0)] ?? "?") of \(lanes[Int($0.1)] ?? "?") \($0.2)"
            }
            + (try sent.decode((Int32, String, Int16, Int64).self)).map {
                "sent \(lanes[Int($0.0)] ?? "?") to \($0.1)/\($0.2) \($0.3)"
            }
    }

    private static func deadLetters(_ session: PostgresSession, _ lanes: [Int: String]) throws -> [String] {
        try session.query(
            """
            SELECT lane, concat_ws(' ', log_offset, subject, parked, reason, replay_requested_at IS NOT NULL,
                                   replayed_at IS NOT NULL)
            FROM eventlog.dead_letter
            """
        ).decode((Int32, String).self).map { "dead letter of \(lanes[Int($0.0)] ?? "?"): \($0.1)" }
    }

    /// What a reader that begins at the beginning gets to see: repeats dropped, and nothing missing.
    private static func messages(_ suite: LiveSuite, _ key: TapeKey, _ lanes: [Int: String]) throws -> [String] {
        var tape = Tape([:], acceptsLateStart: false)
        var lines: [String] = []
        for message in try suite.messages(key.topic, partition: key.partition) {
            switch tape.verdict(on: message) {
            case .repeated: continue
            case .gap(let expected): lines.append("GAP before \(message.id): expected \(expected)")
            case .new: break
            }
            tape.note(message)
            let attributes = message.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            lines.append(
                """
                message \(key.topic)/\(key.partition) \(lanes[message.producer] ?? "outside") #\(message.number) \
                \(message.key) \(message.subject) \(message.type) \(message.time.rfc3339) \
                \(message.traceparent ?? "-") \(attributes) \(String(decoding: message.payload, as: UTF8.self))
                """)
        }
        return lines
    }
}

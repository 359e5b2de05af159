import City
import Dispatch
import Messages
import Postgres
import Synchronization

/// How many partitions each topic has; read once when a service starts.
struct TopicTable: Sendable {
    let partitions: [Topic: Int]

    init(partitions: [Topic: Int]) { self.partitions = partitions }

    init(session: PostgresSession) throws {
        let rows = try session.query("SELECT name, partitions FROM eventlog.topic")
        partitions = Dictionary(
            uniqueKeysWithValues: try rows.decode((String, Int16).self).map { (Topic(name: $0.0), Int($0.1)) })
    }

    func partitions(of topic: Topic) throws -> Int {
        guard let count = partitions[topic] else {
            throw LaneError(
                .unavailable, "topic \(topic.name) does not exist; restart the service, which makes topics as it starts"
            )
        }
        return count
    }
}

/// The log in PostgreSQL, as a lane's output: messages are appended in the lane's own transaction.
final class PostgresLogSink: LogSink {
    private let topics: TopicTable
    private let announce: @Sendable ([TapeKey]) -> Void

    /// - Parameter announce: told of partitions that got committed messages.
    init(topics: TopicTable, announce: @escaping @Sendable ([TapeKey]) -> Void) {
        self.topics = topics
        self.announce = announce
    }

    func partitions(of topic: Topic) throws -> Int { try topics.partitions(of: topic) }

    /// Gives each frame the next offsets of its partition, whose head stays locked until the commit.
    ///
    /// The left join keeps a row where no head was found, and for that row the function is called that fails: without it
    /// an unknown partition would store nothing and say nothing. A function over all frames would be called once, and
    /// takes twice as long as the statement for the one frame that most transactions have.
    func store(_ frames: [LogFrame], lane: Int32, in transaction: PostgresTransaction) throws {
        for frame in frames {
            let (partition, count) = (Int16(frame.partition), Int32(frame.count))
            try transaction.enqueue(
                """
                WITH head AS (
                    UPDATE eventlog.partition p SET next_offset = next_offset + \(count)
                    FROM eventlog.topic t
                    WHERE t.name = \(frame.topic.name) AND p.topic = t.id AND p.partition = \(partition)
                    RETURNING p.topic, p.next_offset - \(count) AS base
                )
                INSERT INTO eventlog.record_batch (topic, partition, base_offset, count, lane, first_number, records)
                SELECT head.topic, \(partition), head.base, \(count), \(lane), \(frame.firstNumber), \(frame.records)
                FROM (VALUES (true)) AS frame LEFT JOIN head ON true
                WHERE CASE WHEN head.base IS NULL THEN eventlog.refuse_unknown_partition() ELSE true END
                """)
        }
    }

    /// What is committed is visible; readers are told.
    func publish(_ frames: [LogFrame], lane: Int32, session: PostgresSession) throws {
        guard !frames.isEmpty else { return }
        announce(frames.map { TapeKey(topic: $0.topic, partition: $0.partition) })
    }

    func publishLeftovers(lane: Int32, session: PostgresSession) throws {}
}

/// One partition of the log in PostgreSQL, as a lane's input.
final class PostgresLogSource: LaneSource, Sendable {
    private let topic: Topic
    private let partition: Int
    private let hub: WakeHub
    private let bell: WakeHub.Bell
    private let ahead = Mutex<[Message]>([])
    /// Where the row begins that holds the next offset; nil when that must be looked up.
    private let row = Mutex<Int64?>(nil)
    /// The last look found the partition's end.
    private let drained = Mutex(false)
    /// When to look next whether the end is where it should be, and at which offset that was looked at last.
    private let endLook = Mutex((due: DispatchTime.now(), offset: Int64(-1)))

    init(topic: Topic, partition: Int, hub: WakeHub) {
        self.topic = topic
        self.partition = partition
        self.hub = hub
        bell = hub.bell(topic: topic, partition: partition)
    }

    deinit { hub.remove(bell, topic: topic, partition: partition) }

    func wake() { bell.ring() }

    func expectTick(at moment: Timestamp?) { hub.expectTick(bell, at: moment) }

    func forget() {
        ahead.withLock { $0.removeAll() }
        row.withLock { $0 = nil }
    }

    func firstOffset(session: PostgresSession) throws -> Int64 {
        let rows = try session.query(
            """
            SELECT p.first_offset FROM eventlog.partition p JOIN eventlog.topic t ON t.id = p.topic
            WHERE t.name = \(topic.name) AND p.partition = \(Int16(partition))
            """)
        guard let row = rows.first else {
            throw LaneError(.unavailable, "topic \(topic.name) has no partition \(partition)")
        }
        return try row.decode(Int64.self)
    }

    func fetch(from offset: Int64, max: Int, waitMilliseconds: Int, session: PostgresSession) throws -> Fetched {
        if let ready = takeAhead(from: offset, max: max) { return ready }
        // What was appended since the last look has rung the bell, so there is no need to look before waiting.
        if drained.withLock({ $0 }), waitMilliseconds > 0 { bell.wait(milliseconds: waitMilliseconds) }
        let (found, reachedEnd) = try read(from: offset, max: max, session: session)
        drained.withLock { $0 = reachedEnd && found.count <= max }
        guard let first = found.first else {
            try requireEnd(at: offset, session: session)
            return Fetched(messages: [], reachedEnd: true)
        }
        guard first.offset == offset else {
            throw LaneError(.positionLost, "offset \(offset) is gone; the log goes on at \(first.offset)")
        }
        if found.count > max {
            ahead.withLock { $0 = Array(found[max...]) }
            return Fetched(messages: Array(found[..<max]), reachedEnd: false)
        }
        return Fetched(messages: found, reachedEnd: reachedEnd)
    }

    /// Makes sure, at once and then about once a second, that nothing is there to read because nothing was written.
    ///
    /// A log made anew, or restored, ends before the offset: what is written to it next would never be read. One from
    /// which unread messages were removed ends behind it.
    private func requireEnd(at offset: Int64, session: PostgresSession) throws {
        let isDue = endLook.withLock { look in
            guard look.due <= .now() || look.offset != offset else { return false }
            look = (.now() + .seconds(1), offset)
            return true
        }
        guard isDue else { return }
        // One statement, because an append between two would look like a loss.
        let rows = try session.query(
            """
            SELECT p.next_offset,
                   p.next_offset = \(offset) OR p.next_offset > \(offset) AND coalesce((
                       SELECT b.base_offset + b.count > \(offset) FROM eventlog.record_batch b
                       WHERE b.topic = p.topic AND b.partition = p.partition AND b.base_offset <= \(offset)
                       ORDER BY b.base_offset DESC LIMIT 1), false)
            FROM eventlog.partition p JOIN eventlog.topic t ON t.id = p.topic
            WHERE t.name = \(topic.name) AND p.partition = \(Int16(partition))
            """)
        guard let row = rows.first else {
            throw LaneError(.positionLost, "the partition is gone; the lane stands at offset \(offset)")
        }
        let (end, isThere) = try row.decode((Int64, Bool).self)
        guard isThere else {
            throw LaneError(.positionLost, "nothing is left at offset \(offset); the log ends at \(end)")
        }
    }

    private func takeAhead(from offset: Int64, max: Int) -> Fetched? {
        ahead.withLock { ahead in
            guard ahead.first?.offset == offset else {
                ahead.removeAll()
                return nil
            }
            let taken = Array(ahead.prefix(max))
            ahead.removeFirst(taken.count)
            return Fetched(messages: taken, reachedEnd: false)
        }
    }

    /// Whole rows until at least `max` messages are there; what is beyond `max` is read ahead.
    ///
    /// Rows are small when traffic is low and large when it is high, so their number says little: what a query reads is
    /// cut by offset. Where a row is missing reading ends: what is behind it must not be handled.
    ///
    /// - Returns: also whether nothing was left behind these messages.
    private func read(
        from offset: Int64, max: Int, session: PostgresSession
    ) throws -> (messages: [Message], reachedEnd: Bool) {
        let begin = try rowHolding(offset, session: session)
        let rows = try session.query(
            """
            SELECT b.base_offset, b.lane, b.first_number, b.records, (
                SELECT p.next_offset FROM eventlog.partition p JOIN eventlog.topic t ON t.id = p.topic
                WHERE t.name = \(topic.name) AND p.partition = \(Int16(partition)))
            FROM eventlog.record_batch b
            WHERE b.topic = (SELECT id FROM eventlog.topic WHERE name = \(topic.name))
              AND b.partition = \(Int16(partition)) AND b.base_offset >= \(begin)
              AND b.base_offset < \(offset + Int64(max))
            ORDER BY b.base_offset
            """)
        var messages: [Message] = []
        var end = offset
        for (base, lane, firstNumber, records, next) in try rows.decode((Int64, Int32, Int64, [UInt8], Int64).self) {
            end = next
            if let last = messages.last, last.offset + 1 != base { break }
            messages += try RecordBatch(decoding: records).messages(
                topic: topic, partition: partition, baseOffset: base, producer: Int(lane), firstNumber: firstNumber)
        }
        // Rows are read whole, and what they hold is handed out in order, so the next read begins behind the last.
        guard let last = messages.last else { return ([], true) }
        row.withLock { $0 = last.offset + 1 }
        return (messages.filter { $0.offset >= offset }, last.offset + 1 == end)
    }

    private func rowHolding(_ offset: Int64, session: PostgresSession) throws -> Int64 {
        if let known = row.withLock({ $0 }), known == offset { return known }
        let rows = try session.query(
            """
            SELECT base_offset FROM eventlog.record_batch
            WHERE topic = (SELECT id FROM eventlog.topic WHERE name = \(topic.name))
              AND partition = \(Int16(partition)) AND base_offset <= \(offset)
            ORDER BY base_offset DESC LIMIT 1
            """)
        if let begin = try rows.first?.decode(Int64.self) { return begin }
        // No row begins at or before the offset, so whatever comes begins there.
        row.withLock { $0 = offset }
        return offset
    }
}

import Messages
import Postgres

/// What of one partition is to be copied, and whose positions depend on it.
struct PartitionCopyPlan {
    var topic: Topic
    var partition: Int
    /// From the first message a lane still needs (all that are kept, when no lane reads the partition) to the end.
    var offsets: Range<Int64>
    var lanes: [(id: Int32, position: Int64)]
}

/// SQL of moving a suite to another log.
enum LogCopyStore {
    /// Keeps services from starting until the transaction ends, and says which log the suite is on.
    static func hold(in transaction: PostgresTransaction) throws -> LogKind {
        try transaction.execute("LOCK TABLE eventlog.suite IN ACCESS EXCLUSIVE MODE")
        let rows = try transaction.query("SELECT log FROM eventlog.suite")
        guard let kind = try rows.decode(String.self).first.flatMap({ LogKind(rawValue: $0) }) else {
            throw LogCopyError.neverRan
        }
        return kind
    }

    /// Takes every lane away from whoever may still hold it, and holds it: nothing is appended from here on.
    static func fenceAll(in transaction: PostgresTransaction) throws {
        try transaction.execute(
            """
            UPDATE eventlog.lane
            SET epoch = epoch + 1, owner = NULL, claims = 0, suspect_offset = NULL, suspect_attempts = 0
            """)
    }

    /// One plan a partition, in order.
    ///
    /// - Throws: ``LaneError/Code/positionLost`` when a lane needs what the log does not have.
    static func plans(
        _ topics: [Topic: Int], log: LogReader, in transaction: PostgresTransaction
    ) throws -> [PartitionCopyPlan] {
        let rows = try transaction.query(
            "SELECT id, input, partition, next_offset FROM eventlog.lane WHERE input <> \(LaneIdentity.httpInput)")
        let lanes = Dictionary(grouping: try rows.decode((Int32, String, Int16, Int64).self)) {
            TapeKey(topic: Topic(name: $0.1), partition: Int($0.2))
        }
        return try topics.sorted { $0.key < $1.key }.flatMap { topic, count in
            try (0..<count).map { partition in
                let kept = try log.offsets(of: topic, partition: partition)
                let readers = lanes[TapeKey(topic: topic, partition: partition)] ?? []
                for reader in readers where reader.3 < kept.lowerBound || reader.3 > kept.upperBound {
                    throw LaneError(
                        .positionLost, "lane \(reader.0) is at \(reader.3) of \(topic)/\(partition), which has \(kept)")
                }
                let first = readers.map(\.3).min() ?? kept.lowerBound
                return PartitionCopyPlan(
                    topic: topic, partition: partition, offsets: first..<kept.upperBound,
                    lanes: readers.map { ($0.0, $0.3) })
            }
        }
    }

    static func lanesWithOutbox(_ session: PostgresSession) throws -> [Int32] {
        try session.query("SELECT DISTINCT lane FROM eventlog.outbox ORDER BY lane").decode(Int32.self)
    }

    /// Sets lanes to where their next message is in the other log.
    static func move(_ positions: [Int32: Int64], in transaction: PostgresTransaction) throws {
        guard !positions.isEmpty else { return }
        let sorted = positions.sorted { $0.key < $1.key }
        try transaction.enqueue(
            """
            UPDATE eventlog.lane l SET next_offset = p.position
            FROM (SELECT \(rows: sorted.map(\.key), sorted.map(\.value))) AS p (id, position) WHERE l.id = p.id
            """)
    }

    /// Drops what was moved away; offsets go on from where they were, should the suite come back.
    static func emptyPostgresLog(in transaction: PostgresTransaction) throws {
        try transaction.enqueue("DELETE FROM eventlog.record_batch")
        try transaction.enqueue("UPDATE eventlog.partition SET first_offset = next_offset")
    }

    /// The suite is on the other log from now on.
    static func switchOver(to target: LogKind, in transaction: PostgresTransaction) throws {
        try transaction.enqueue("UPDATE eventlog.suite SET log = \(target.rawValue), copied_at = clock_timestamp()")
        // Dead letters are named by their offsets. Those of the earlier log move below zero, in their order, where
        // offsets of the new one cannot meet them.
        try transaction.enqueue(
            """
            UPDATE eventlog.dead_letter d SET log_offset = d.log_offset - r.distance
            FROM (SELECT lane, max(log_offset) - least(min(log_offset), 0) + 1 AS distance
                  FROM eventlog.dead_letter GROUP BY lane) AS r
            WHERE r.lane = d.lane
            """)
    }
}

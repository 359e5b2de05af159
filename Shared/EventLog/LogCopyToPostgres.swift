import Messages
import Postgres

/// Copies one partition to PostgreSQL, in the transaction that switches the suite over.
struct PostgresPartitionCopy {
    let plan: PartitionCopyPlan
    let source: LogReader
    /// Messages that were copied.
    private(set) var copied = 0

    private var positions: [Int32: Int64] = [:]

    init(plan: PartitionCopyPlan, source: LogReader) {
        self.plan = plan
        self.source = source
    }

    /// - Returns: The lanes' positions in the other log.
    mutating func run(in transaction: PostgresTransaction, _ progress: (Int) -> Void) throws -> [Int32: Int64] {
        let (topic, base) = try empty(in: transaction)
        var offset = plan.offsets.lowerBound
        while offset < plan.offsets.upperBound {
            let found = try source.messages(
                of: plan.topic, partition: plan.partition, from: offset, limit: LogCopy.batch)
            // Offsets may have holes at the end as anywhere else.
            guard let last = found.last else { break }
            let messages = found.filter { $0.offset < plan.offsets.upperBound }
            for (index, message) in messages.enumerated() {
                for lane in plan.lanes where positions[lane.id] == nil && lane.position <= message.offset {
                    positions[lane.id] = base + Int64(copied + index)
                }
            }
            try append(messages, topic: topic, at: base + Int64(copied), in: transaction)
            copied += messages.count
            offset = last.offset + 1
            progress(copied)
        }
        let end = base + Int64(copied)
        for lane in plan.lanes where positions[lane.id] == nil { positions[lane.id] = end }
        try transaction.enqueue(
            """
            UPDATE eventlog.partition SET next_offset = \(end)
            WHERE topic = \(topic) AND partition = \(Int16(plan.partition))
            """)
        return positions
    }

    /// Forgets what the partition may still hold from an earlier time.
    ///
    /// - Returns: The topic's number, and the offset the first copy gets.
    private func empty(in transaction: PostgresTransaction) throws -> (topic: Int16, base: Int64) {
        let rows = try transaction.query(
            """
            UPDATE eventlog.partition p SET first_offset = p.next_offset FROM eventlog.topic t
            WHERE t.id = p.topic AND t.name = \(plan.topic.name) AND p.partition = \(Int16(plan.partition))
            RETURNING t.id, p.next_offset
            """)
        guard let row = rows.first else {
            throw LaneError(.unavailable, "topic \(plan.topic) has no partition \(plan.partition)")
        }
        let (topic, base) = try row.decode((Int16, Int64).self)
        try transaction.enqueue(
            "DELETE FROM eventlog.record_batch WHERE topic = \(topic) AND partition = \(Int16(plan.partition))")
        return (topic, base)
    }

    private func append(
        _ messages: [Message], topic: Int16, at base: Int64, in transaction: PostgresTransaction
    ) throws {
        let runs = messages.runs
        guard !runs.isEmpty else { return }
        var bases: [Int64] = []
        var frames: [[UInt8]] = []
        var next = base
        for run in runs {
            var writer = RecordBatchWriter(source: run[run.startIndex].source)
            for message in run { writer.append(message) }
            frames.append(writer.bytes)
            bases.append(next)
            next += Int64(run.count)
        }
        let firsts = runs.map { $0[$0.startIndex] }
        try transaction.enqueue(
            """
            INSERT INTO eventlog.record_batch (topic, partition, base_offset, count, lane, first_number, records)
            SELECT \(topic), \(Int16(plan.partition)),
                \(rows: bases, runs.map { Int32($0.count) }, firsts.map { Int32($0.producer) }, firsts.map(\.number),
                    frames)
            """)
    }
}

extension [Message] {
    /// Messages that fit one row of the log: of one producer and source, numbered without a gap.
    fileprivate var runs: [ArraySlice<Message>] {
        var runs: [ArraySlice<Message>] = []
        var start = startIndex
        for index in indices.dropFirst() {
            let (before, message) = (self[index - 1], self[index])
            let follows = message.producer == 0 || message.number == before.number + 1
            if message.producer != before.producer || message.source != before.source || !follows {
                runs.append(self[start..<index])
                start = index
            }
        }
        return isEmpty ? [] : runs + [self[start...]]
    }
}

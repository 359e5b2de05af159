import Kafka
import Messages
import Postgres
import TestSupport

/// What is in the log.
extension SuiteUnderTest {
    /// Puts the last messages of the log there once more, as a late acknowledgement makes a producer do.
    func repeatMessages(_ count: Int) async throws {
        guard let kafka else {
            return try await run(
                """
                WITH last AS (
                    SELECT *, sum(count) OVER (PARTITION BY topic, partition ORDER BY base_offset) - count AS place
                    FROM (SELECT * FROM eventlog.record_batch ORDER BY appended_at DESC LIMIT \(Int64(count))) b
                ), head AS (
                    UPDATE eventlog.partition p SET next_offset = next_offset + s.count
                    FROM (SELECT topic, partition, sum(count) AS count FROM last GROUP BY topic, partition) s
                    WHERE p.topic = s.topic AND p.partition = s.partition
                    RETURNING p.topic, p.partition, p.next_offset - s.count AS base
                )
                INSERT INTO eventlog.record_batch (topic, partition, base_offset, count, lane, first_number, records)
                SELECT topic, partition, base + place, count, lane, first_number, records
                FROM last JOIN head USING (topic, partition)
                """)
        }
        let partitions = ["reports", "cases", "clocks", "points"].flatMap { topic in
            (0..<Self.partitions).map { TopicPartition(topic: topic, partition: Int32($0)) }
        }
        try await blocking {
            let producer = try KafkaProducer(kafka, logger: Self.quiet)
            defer { producer.close(timeoutMilliseconds: 5_000) }
            for partition in partitions {
                let reader = try KafkaConsumer(
                    kafka, startingAt: [partition: 0], maxBufferedMessages: 1_000, logger: Self.quiet)
                defer { reader.close() }
                let (low, high) = try reader.watermarks(of: partition)
                guard high > low else { continue }
                try reader.restart(of: partition, at: max(low, high - Int64(count / partitions.count + 1)))
                let last = try reader.nextBatch(of: partition, max: count, waitMilliseconds: 2_000).records
                _ = try producer.send(
                    last.map {
                        KafkaRecordToSend(
                            topic: $0.topic, partition: $0.partition, key: $0.key, value: $0.value,
                            headers: $0.headers)
                    }, timeoutMilliseconds: 10_000)
            }
        }
    }
}

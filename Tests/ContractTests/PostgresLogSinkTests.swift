import City
import Dispatch
import Messages
import Postgres
import Testing

@testable import EventLog

/// How messages get into the log in PostgreSQL: frame by frame, each at the head of its partition.
@Suite
struct PostgresLogSinkTests {
    private func frame(_ topic: Topic, _ partition: Int, count: Int, firstNumber: Int64) -> LogFrame {
        LogFrame(topic: topic, partition: partition, count: count, firstNumber: firstNumber, records: [1, 2, 3])
    }

    /// A session as lanes have it: plans are kept, and go by index.
    private func lane(of log: LogUnderTest) throws -> PostgresSession {
        try PostgresSession(log.postgres.forLanes, logger: LogUnderTest.logger)
    }

    @Test("each frame gets the next offsets of its own partition")
    func offsets() async throws {
        let log = try await LogUnderTest(.postgres, partitions: 2)
        let (session, sink) = (try lane(of: log), try log.sink())
        defer { session.close() }
        for round in 0..<3 {
            let number = Int64(round * 10)
            try session.transaction { transaction in
                try sink.store(
                    [
                        frame(log.input, 0, count: 2, firstNumber: number + 1),
                        frame(log.input, 1, count: 5, firstNumber: number + 2),
                    ], lane: 7, in: transaction)
            }
        }
        let rows = try session.query(
            """
            SELECT b.partition, b.base_offset, b.count, b.lane, b.first_number, b.records
            FROM eventlog.record_batch b JOIN eventlog.topic t ON t.id = b.topic
            WHERE t.name = \(log.input.name) ORDER BY b.partition, b.base_offset
            """
        ).decode((Int16, Int64, Int32, Int32, Int64, [UInt8]).self)
        #expect(rows.map(\.0) == [0, 0, 0, 1, 1, 1])
        #expect(rows.map(\.1) == [0, 2, 4, 0, 5, 10])
        #expect(rows.map(\.2) == [2, 2, 2, 5, 5, 5])
        #expect(rows.map(\.4) == [1, 11, 21, 2, 12, 22])
        #expect(rows.allSatisfy { $0.3 == 7 && $0.5 == [1, 2, 3] })
        let heads = try log.query(
            """
            SELECT p.next_offset FROM eventlog.partition p JOIN eventlog.topic t ON t.id = p.topic
            WHERE t.name = \(log.input.name) ORDER BY p.partition
            """, Int64.self)
        #expect(heads == [6, 15])
    }

    @Test("a transaction that appends to a partition that is not there fails whole", arguments: ["no.such.topic", nil])
    func unknown(topic: String?) async throws {
        let log = try await LogUnderTest(.postgres, partitions: 2)
        let (session, sink) = (try lane(of: log), try log.sink())
        defer { session.close() }
        let target = topic.map { Topic(name: $0) } ?? log.input
        let error = #expect(throws: TransactionError.self) {
            try session.transaction { transaction in
                try sink.store(
                    [
                        frame(log.input, 0, count: 1, firstNumber: 1),
                        frame(target, topic == nil ? 2 : 0, count: 1, firstNumber: 1),
                    ], lane: 7, in: transaction)
            }
        }
        #expect(error?.postgresError?.sqlState == LogState.unknownTopic)
        #expect(error.map { FailureVerdict($0) } == .retry, "nothing is wrong with the messages")
        #expect(try log.query("SELECT count(*) FROM eventlog.record_batch", Int64.self) == [0])
        #expect(try log.query("SELECT sum(next_offset)::int8 FROM eventlog.partition", Int64.self) == [0])
    }

    @Test("who appends to a partition waits for whoever does, and goes on where that ended", arguments: [true, false])
    func waits(firstCommits: Bool) async throws {
        let log = try await LogUnderTest(.postgres, partitions: 1)
        let (session, sink) = (try lane(of: log), try log.sink())
        defer { session.close() }
        let firstHasTheHead = Latch()
        struct ChangedItsMind: Error {}
        // A thread of its own: the test keeps the one it has.
        let second = DispatchGroup()
        DispatchQueue.global().async(group: second) {
            firstHasTheHead.wait()
            #expect(throws: Never.self) {
                let session = try lane(of: log)
                defer { session.close() }
                try session.transaction {
                    try sink.store([frame(log.input, 0, count: 2, firstNumber: 1)], lane: 7, in: $0)
                }
            }
        }
        try? session.transaction { transaction in
            try sink.store([frame(log.input, 0, count: 3, firstNumber: 1)], lane: 6, in: transaction)
            try transaction.flush()
            firstHasTheHead.open()
            while try log.query(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """, Int64.self) == [0]
            {}
            if !firstCommits { throw ChangedItsMind() }
        }
        second.wait()
        let bases = try log.query("SELECT base_offset FROM eventlog.record_batch ORDER BY base_offset", Int64.self)
        #expect(bases == (firstCommits ? [0, 3] : [0]))
        let head = try log.query("SELECT max(next_offset) FROM eventlog.partition", Int64.self)
        #expect(head == [firstCommits ? 5 : 2])
    }

    @Test("frames come in the order in which partitions are locked")
    func order() throws {
        let topics = ["points", "cases", "reports"].map { Topic(name: $0) }
        let messages = (0..<200).map { number in
            OutgoingMessage(
                Numbered(value: Int64(number)), on: topics[number % 3], key: "key \(number)", subject: "s",
                time: Timestamp(seconds: 1_000))
        }
        let frames = TapeNumbers([:]).frames(of: messages, source: "test") { _ in 8 }.frames
        let places = frames.map { TapeKey(topic: $0.topic, partition: $0.partition) }
        #expect(places.count > 12 && places.count == Set(places).count)
        #expect(
            zip(places, places.dropFirst()).allSatisfy { ($0.topic, $0.partition) < ($1.topic, $1.partition) })
    }
}

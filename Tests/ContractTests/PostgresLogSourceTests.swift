import Messages
import Postgres
import Testing

@testable import EventLog

/// How the log in PostgreSQL is read: by offset, whatever its rows hold.
@Suite
struct PostgresLogSourceTests {
    /// A log of rows with so many messages each, and a reader of it.
    private struct Rows {
        let log: LogUnderTest
        let session: PostgresSession
        let source: PostgresLogSource

        init(_ counts: [Int]) async throws {
            log = try await LogUnderTest(.postgres, partitions: 1)
            session = try log.session()
            source = PostgresLogSource(topic: log.input, partition: 0, hub: WakeHub())
            var value: Int64 = 0
            for count in counts {
                try log.publish((0..<count).map { log.message("a", value + Int64($0)) })
                value += Int64(count)
            }
        }

        func fetch(_ offset: Int64, max: Int = 10) throws -> Fetched {
            try source.fetch(from: offset, max: max, waitMilliseconds: 0, session: session)
        }

        func values(_ offset: Int64, max: Int = 10) throws -> [Int64] {
            try fetch(offset, max: max).messages.map { try $0.decode(Numbered.self).value }
        }

        func lose(_ offsets: Range<Int64>) throws {
            try session.execute(
                """
                DELETE FROM eventlog.record_batch
                WHERE base_offset >= \(offsets.lowerBound) AND base_offset < \(offsets.upperBound)
                """)
        }

        func expectLost(at offset: Int64, _ reason: String) {
            let error = #expect(throws: LaneError.self) { try fetch(offset) }
            #expect(
                error?.code == .positionLost && error?.description.contains(reason) == true,
                "\(String(describing: error))")
        }
    }

    @Test("messages come in order, as many as are asked for, from the midst of a row too")
    func order() async throws {
        let rows = try await Rows([1, 25, 3, 1, 1])
        for start in Int64(0)..<31 {
            rows.source.forget()
            #expect(try rows.values(start) == Array((start..<31).prefix(10)), "from \(start)")
        }
        rows.source.forget()
        // One after another, with what was read ahead.
        var position: Int64 = 0
        while case let fetched = try rows.fetch(position, max: 4), !fetched.messages.isEmpty {
            let offsets = fetched.messages.map(\.offset)
            #expect(offsets == Array((position..<31).prefix(min(4, offsets.count))))
            #expect(!fetched.reachedEnd || position + Int64(fetched.messages.count) == 31)
            position += Int64(fetched.messages.count)
        }
        #expect(position == 31)
        #expect(try rows.fetch(31).reachedEnd)
    }

    @Test("nothing is read across messages that are gone, however many", arguments: [2, 15, 40] as [Int64])
    func hole(size: Int64) async throws {
        let rows = try await Rows(Array(repeating: 1, count: 60))
        try rows.lose(5..<5 + size)
        let before = try rows.fetch(0)
        #expect(before.messages.map(\.offset) == [0, 1, 2, 3, 4])
        #expect(!before.reachedEnd, "messages wait, though not all can be read")
        rows.expectLost(at: 5, size < 10 ? "offset 5 is gone" : "nothing is left at offset 5")
    }

    @Test("a log that ends before the position was made anew")
    func shorter() async throws {
        let rows = try await Rows([4])
        rows.expectLost(at: 6, "the log ends at 4")
    }
}

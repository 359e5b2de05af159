import City
import Messages
import Postgres
import Testing

@testable import EventLog

/// A message that is missing from the log stops its lane, and stops its time.
@Suite("A gap in the log", .serialized)
struct GapTests {
    /// Wants to tick always, and notes at what time it did.
    private final class Ticking: LaneHandler {
        var handled = 0
        var ticks: [Timestamp] = []
        var nextTick: Timestamp? { .earliest }

        func handle(
            _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
        ) throws { handled += messages.count }

        func tick(now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput) throws {
            ticks.append(now)
        }
    }

    @Test("Nothing fires by a clock that runs ahead of what lies behind the gap", arguments: LogKind.allCases)
    func timeStops(kind: LogKind) async throws {
        let town = try await CrashPointTests.town.value
        let world = try World(kind: kind, database: town.database).copy()
        defer { try? world.drop() }
        let suite = try LiveSuite(world, points: CrashPoints())
        let morning = local("2025-11-03 09:00")
        try suite.setClock(local("2025-11-03 12:00"))
        for number in [1, 3] as [Int64] {
            var writer = RecordBatchWriter(source: "somebody")
            writer.append(
                OutgoingMessage(
                    topic: .clocks, key: "", subject: "", type: "x", time: morning.advanced(bySeconds: number),
                    payload: Array("{}".utf8)))
            let frame = LogFrame(topic: .clocks, partition: 0, count: 1, firstNumber: number, records: writer.bytes)
            try suite.control.transaction { try suite.sink.store([frame], lane: 99, in: $0) }
            try suite.sink.publish([frame], lane: 99, session: suite.control)
        }
        let session = try PostgresSession(suite.laneSettings(), logger: World.logger)
        defer { session.close() }
        let handler = Ticking()
        var limits = LaneLimits()
        limits.idleMilliseconds = 0
        let work = try LaneWork.claim(
            service: "test", topic: .clocks, partition: 0, member: 1, source: suite.source(.clocks, partition: 0),
            sink: suite.sink, limits: limits, logger: World.logger, session: session, makeHandler: { _ in handler })
        for _ in 0..<3 { try work.step(session: session) }
        #expect(handler.handled == 1 && work.position == 1)
        #expect(work.impediment?.hasPrefix("gap") == true)
        #expect(handler.ticks == Array(repeating: morning.advanced(bySeconds: 1), count: 3))
    }
}

import City
import EventLog
import Logging
import Messages
import Postgres
import TestSupport

@testable import SLAWatcher

/// Clocks whose mark has come, claimed by the lane and by a bare statement that writes the same rows; and how long a lane
/// that begins takes to know a million of them.
enum ClocksBenchmark {
    private static let clocks = 1_000_000
    /// Clocks of one turn.
    private static let slice = 20_000
    private static let start = Timestamp(seconds: 1_762_131_600)
    private static let limitMinutes = 9_999

    static func run(_ figures: inout Figures) throws {
        let city = try BenchmarkCity.make()
        let server = try PrivatePostgres(durable: true)
        let session = try PostgresSession(
            PostgresSettings(url: server.url()), logger: Logger(label: "benchmark"))
        _ = try PostgresMigrator(schema: SLASchema.name, migrations: SLASchema.migrations).migrate(session)
        try fill(session, warnAtPercent: city.profile.policy.clocks.warnAtPercent.first ?? 50)

        var starts: [Double] = []
        for _ in 0..<5 {
            let lane = ClockLane(partition: 0) { city }
            starts.append(try Figures.seconds { _ = try tick(lane, session, now: moment(of: 0)) })
        }
        figures.note("clocks.startWithMillion.seconds", starts)

        let lane = ClockLane(partition: 0) { city }
        var first = 0
        // The lane waits a little for messages on their way before it fires.
        func claimed() throws -> Double {
            first += slice
            let now = Timestamp(microseconds: moment(of: first).microseconds + ClockLane.grace)
            var fired = 0
            let seconds = try Figures.seconds { fired = try tick(lane, session, now: now) }
            return Double(fired) / seconds
        }
        func bare() throws -> Double {
            first += slice
            var moved = 0
            let seconds = try Figures.seconds {
                while true {
                    let count = try bareStep(session, horizon: moment(of: first))
                    moved += count
                    if count < ClockLane.ticketSize { break }
                }
            }
            return Double(moved) / seconds
        }
        _ = (try claimed(), try bare())
        let rounds = try (0..<7).map { _ in (try claimed(), try bare()) }
        figures.note("clocks.claimedPerSecond", rounds.map(\.0))
        figures.note("clocks.bareLoopPerSecond", rounds.map(\.1))
        figures.note("ratio.clocksToBareLoop", rounds.map { $0.0 / $0.1 })
        session.close()
    }

    /// A millisecond between one clock's mark and the next one's.
    private static func moment(of clock: Int) -> Timestamp {
        Timestamp(microseconds: start.microseconds + Int64(clock) * 1_000)
    }

    private static func stored(_ moment: Timestamp) -> PostgresTimestamp {
        PostgresTimestamp(microseconds: moment.microseconds)
    }

    private static func fill(_ session: PostgresSession, warnAtPercent: Int) throws {
        let limit = Int64(limitMinutes) * 60_000_000
        try session.execute(
            """
            INSERT INTO sla.clock (case_id, kind, version, partition, started_at, limit_amount, limit_unit,
                running_since, remaining_microseconds, deadline, provisional, next_mark, next_due, assignee, grid)
            SELECT n, 'handling', 4, 0, due - before, \(Int32(limitMinutes)), 'minutes', due - before, \(limit),
                   due - before + \(Int32(limitMinutes)) * interval '1 minute', false, 'yellow', due, 'GW-' || n % 151, 'M' || n % 151
            FROM (SELECT n, \(stored(start)) + n * interval '1 millisecond' AS due,
                         \(Int32(limitMinutes * warnAtPercent)) * interval '0.6 second' AS before
                  FROM generate_series(1::bigint, \(Int64(clocks))) AS n) AS armed
            """)
        try session.execute("VACUUM ANALYZE sla.clock")
        try session.execute("CHECKPOINT")
    }

    /// Ticks as often as the lane asks for, each in a transaction, as the runtime does.
    ///
    /// - Returns: How many marks were told.
    private static func tick(_ lane: ClockLane, _ session: PostgresSession, now: Timestamp) throws -> Int {
        var told = 0
        while let due = lane.nextTick, due <= now {
            told += try session.transaction { transaction in
                var output = LaneOutput()
                try lane.tick(now: now, in: transaction, output: &output)
                return output.messages.count
            }
        }
        return told
    }

    /// One ticket in one statement: the marks moved on, and the rows that prove it.
    private static func bareStep(_ session: PostgresSession, horizon: Timestamp) throws -> Int {
        try session.execute(
            """
            WITH due AS (
                SELECT case_id, kind, next_due FROM sla.clock WHERE partition = 0 AND next_due <= \(stored(horizon))
                ORDER BY next_due LIMIT \(ClockLane.ticketSize)
            ), moved AS (
                UPDATE sla.clock c SET next_mark = 'red', next_due = c.next_due + interval '2 days'
                FROM due WHERE c.case_id = due.case_id AND c.kind = due.kind
                RETURNING c.case_id, c.kind, c.version, due.next_due AS due_at, c.deadline, c.provisional, c.grid
            )
            INSERT INTO sla.fired (case_id, kind, version, mark, due_at, fired_at, deadline, provisional, grid)
            SELECT case_id, kind, version, 'yellow', due_at, \(stored(horizon)), deadline, provisional, grid
            FROM moved ON CONFLICT DO NOTHING
            """)
    }
}

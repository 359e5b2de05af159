import City
import EventLog
import Postgres
import ServiceKit

/// Gives overviews, each made once however many ask for it at a time.
///
/// An overview is given again for a second, or ten times as long as it took to make: a hundred screens that show one
/// city cost what one does, and in a large city they never cost more than a tenth of a session.
actor OverviewDesk {
    /// An overview, with the city whose names it is shown with.
    struct Sheet: Sendable {
        var overview: Overview
        var city: City
        /// When it was begun, in monotonic nanoseconds: what happened before that is in it.
        var begunAt: Int64
    }

    private struct Wish: Hashable {
        var from: String?
        var to: String?
    }

    private struct Made {
        var sheet: Task<Sheet, any Error>
        /// Nil while it is being made.
        var goodUntil: Int64?
    }

    private static let shortestNanoseconds: Int64 = 1_000_000_000
    private static let timesItsCost: Int64 = 10

    private let pool: PostgresPool
    private let city: @Sendable () -> City
    private var made: [Wish: Made] = [:]

    init(pool: PostgresPool, city: @escaping @Sendable () -> City) {
        self.pool = pool
        self.city = city
    }

    /// The overview of a period, fresh or young enough.
    ///
    /// - Parameters:
    ///   - from: First day as `YYYY-MM-DD`; nil: the first of the month.
    ///   - to: Last day; nil: today by the suite's clock.
    /// - Throws: ``Period/Fault``, or what the database throws.
    func overview(from: String? = nil, to: String? = nil) async throws -> Sheet {
        let begunAt = Clocks.monotonicNanoseconds()
        made = made.filter { begunAt < $0.value.goodUntil ?? .max }
        let wish = Wish(from: from, to: to)
        if let recent = made[wish] { return try await recent.sheet.value }
        let (pool, city) = (pool, city())
        let task = Task {
            let overview = try await pool.withSession { try Self.load(wish, city: city, session: $0) }
            return Sheet(overview: overview, city: city, begunAt: begunAt)
        }
        made[wish] = Made(sheet: task)
        let result = await task.result
        let cost = Clocks.monotonicNanoseconds() - begunAt
        // A failure is not remembered: who asks next tries anew.
        let isFailure = (try? result.get()) == nil
        made[wish]?.goodUntil = isFailure ? 0 : begunAt + max(Self.shortestNanoseconds, Self.timesItsCost * cost)
        return try result.get()
    }

    private static func load(_ wish: Wish, city: City, session: PostgresSession) throws -> Overview {
        let now = Timestamp(microseconds: try Suite.now(session: session).microseconds)
        let today = city.calendar.zone.day(of: now)
        let period = try Period(from: wish.from, to: wish.to, today: today)
        return try session.transaction(isolation: .repeatableRead, readOnly: true) { transaction in
            try OverviewStore.load(period: period, today: today, now: now, in: transaction)
        }
    }
}

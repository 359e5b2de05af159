import City
import EventLog
import Postgres
import ServiceKit

/// Gives overviews, each made once however many ask for it at a time.
///
/// An overview is given again for a second: a hundred screens that show one city cost what one does.
actor OverviewDesk {
    private struct Wish: Hashable {
        var from: String?
        var to: String?
    }

    private struct Made {
        var overview: Task<(Overview, City), any Error>
        var askedAt: Int64
    }

    private static let goodForNanoseconds: Int64 = 1_000_000_000

    private let pool: PostgresPool
    private let city: @Sendable () -> City
    private var made: [Wish: Made] = [:]

    init(pool: PostgresPool, city: @escaping @Sendable () -> City) {
        self.pool = pool
        self.city = city
    }

    /// The overview of a period, as it was at most a second ago, with the city it is of.
    ///
    /// - Parameters:
    ///   - from: First day as `YYYY-MM-DD`; nil: the first of the month.
    ///   - to: Last day; nil: today by the suite's clock.
    /// - Throws: ``Period/Fault``, or what the database throws.
    func overview(from: String? = nil, to: String? = nil) async throws -> (Overview, City) {
        let now = Clocks.monotonicNanoseconds()
        made = made.filter { now - $0.value.askedAt < Self.goodForNanoseconds }
        let wish = Wish(from: from, to: to)
        if let recent = made[wish] { return try await recent.overview.value }
        let (pool, city) = (pool, city())
        let task = Task {
            let overview = try await pool.withSession { try Self.load(wish, city: city, session: $0) }
            return (overview, city)
        }
        made[wish] = Made(overview: task, askedAt: now)
        return try await task.value
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

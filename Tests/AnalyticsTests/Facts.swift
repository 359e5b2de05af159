import City
import CityStore
import Logging
import Messages
import Postgres
import TestSupport

@testable import Analytics
@testable import EventLog

/// A message of one of the five topics, before it is wrapped.
enum Told: Sendable {
    case change(CaseChanged)
    case mark(ClockFired)
    case points(PointsChanged)
    case report(ReportAccepted)
    case rejection(ReportRejected)

    func message(offset: Int64) -> Message {
        switch self {
        case .change(let body): Told.wrap(body, .cases, body.after.id.description, offset)
        case .mark(let body): Told.wrap(body, .clocks, body.caseID.description, offset)
        case .points(let body): Told.wrap(body, .points, body.owner.rawValue, offset)
        case .report(let body): Told.wrap(body, .reports, "community", offset)
        case .rejection(let body): Told.wrap(body, .rejected, body.source.rawValue, offset)
        }
    }

    static func wrap<Body: MessageBody>(_ body: Body, _ topic: Topic, _ key: String, _ offset: Int64) -> Message {
        var writer = JSONWriter()
        body.write(to: &writer)
        return Message(
            topic: topic, partition: 0, offset: offset, key: key, subject: key, type: Body.type, source: "test",
            time: Timestamp(seconds: 0), producer: 1, number: offset + 1, payload: writer.bytes)
    }
}

/// A database of analytics, and the lanes that fill it.
final class Facts {
    let url: String
    let session: PostgresSession
    let city: City
    private let lanes: [Topic: any LaneHandler] = [
        .cases: CaseLane(), .clocks: ClockLane(), .points: PointsLane(), .reports: ReportLane(),
        .rejected: RejectionLane(),
    ]
    private var offset: Int64 = 0
    private(set) var deadLetters: [String] = []

    init() throws {
        url = try PrivatePostgres.shared().createDatabase(postgis: true)
        session = try PostgresSession(PostgresSettings(url: url), logger: Logger(label: "test"))
        try Suite.migrator.migrate(session)
        try PostgresMigrator(schema: CityStore.schema, migrations: CityStore.migrations).migrate(session)
        try AnalyticsSchema.migrator.migrate(session)
        // In force since before the stories of these tests begin.
        _ = try session.transaction {
            try CityStore.save(SampleCity.profile, validFrom: Timestamp(seconds: 1_700_000_000), in: $0)
        }
        guard let city = try CityStore.load(session) else { throw CityStoreError.noProfile }
        self.city = city
    }

    func lane(_ topic: Topic) -> any LaneHandler { lanes[topic]! }  // All five are there.

    /// Hands messages over as one batch for each topic.
    func deliver(_ batch: [Told], now: Timestamp = Timestamp(seconds: 1_764_000_000)) throws {
        try deliver(
            messages: batch.map {
                offset += 1
                return $0.message(offset: offset)
            }, now: now)
    }

    func deliver(messages: [Message], now: Timestamp = Timestamp(seconds: 1_764_000_000)) throws {
        for (topic, messages) in Dictionary(grouping: messages, by: \.topic) {
            var output = LaneOutput()
            try session.transaction { try lane(topic).handle(messages, now: now, in: $0, output: &output) }
            deadLetters += output.deadLetters.map(\.reason)
        }
    }

    /// All facts as text, for comparison; the feed is none.
    func dump() throws -> [String] {
        let tables = ["case_fact", "case_mark", "clock_fact", "points_fact", "report_fact", "rejection_fact"]
        return try tables.flatMap { table in
            try session.query("SELECT t::text FROM analytics.\(identifier: table) t ORDER BY 1").decode(String.self)
                .map { "\(table) \($0)" }
        }
    }

    func differences() throws -> [String] {
        try session.query("SELECT case_id, difference FROM analytics.verify()").decode((Int64?, String).self)
            .map { "\($0.0 ?? 0) \($0.1)" }
    }

    func overview(_ period: Period, today: CivilDay, now: Timestamp = Timestamp(seconds: 0)) throws -> Overview {
        try session.transaction(readOnly: true) {
            try OverviewStore.load(period: period, today: today, now: now, in: $0)
        }
    }

    func feed(after: Int64 = 0, limit: Int = 100, grids: [GridCode]? = nil) throws -> [FeedItem] {
        try session.transaction(readOnly: true) {
            try FeedStore.latest(after: after, limit: limit, grids: grids, in: $0)
        }
    }
}

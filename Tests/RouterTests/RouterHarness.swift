import City
import CityStore
import Logging
import Messages
import Postgres
import TestSupport

@testable import EventLog
@testable import Router

/// The router's schema in a database of its own, and its handlers driven by hand as the runtime drives them.
final class RouterHarness {
    let session: PostgresSession
    let holder: CityHolder
    var now = Sample.morning
    private(set) var published: [OutgoingMessage] = []
    private(set) var deadLetters: [String] = []
    private var offset: Int64 = 0
    private var filing: FilingHandler
    private var work: CaseWorkHandler

    init() async throws {
        holder = try await Self.street.value
        session = try Self.session(PrivatePostgres.shared().createDatabase())
        try PostgresMigrator(schema: "routing", migrations: Router.migrations).migrate(session)
        filing = FilingHandler(city: holder)
        work = CaseWorkHandler(city: holder)
    }

    deinit { session.close() }

    var city: City { holder.current }

    /// The street, loaded once: tests only read it.
    private static let street = Task {
        let url = try PrivatePostgres.shared().createDatabase(postgis: true)
        let session = try RouterHarness.session(url)
        defer { session.close() }
        try PostgresMigrator(schema: CityStore.schema, migrations: CityStore.migrations).migrate(session)
        try session.transaction { _ = try CityStore.save(StreetCity.profile, validFrom: nil, in: $0) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try await CityHolder(
            PostgresPool(PostgresSettings(url: url), size: 1, logger: logger), logger: logger)
    }

    private static func session(_ url: String) throws -> PostgresSession {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try PostgresSession(PostgresSettings(url: url), logger: logger)
    }

    // MARK: Driving

    /// What a new owner of the lanes begins with: other handlers over the same rows.
    func renew() {
        filing = FilingHandler(city: holder)
        work = CaseWorkHandler(city: holder)
    }

    func message<Body: MessageBody>(_ body: Body, on topic: Topic) -> Message {
        var writer = JSONWriter()
        body.write(to: &writer)
        return message(writer.bytes, on: topic, type: Body.type)
    }

    func message(_ payload: [UInt8], on topic: Topic, type: String) -> Message {
        offset += 1
        return Message(
            topic: topic, partition: 0, offset: offset, key: "", subject: "", type: type, source: "test", time: now,
            traceparent: "00-\(offset)", producer: 1, number: offset, payload: payload)
    }

    func file(_ reports: [ReportAccepted]) throws {
        try file(messages: reports.map { message($0, on: .reports) })
    }

    func file(messages: [Message]) throws {
        try transact { try filing.handle(messages, now: now, in: $0, output: &$1) }
    }

    func breach(_ clocks: [ClockFired]) throws {
        let handler = EscalationHandler(city: holder)
        try transact { try handler.handle(clocks.map { message($0, on: .clocks) }, now: now, in: $0, output: &$1) }
    }

    @discardableResult
    func act(_ requests: [CaseRequest]) throws -> [CaseWorkHandler.Outcome] {
        try act(grouped: [requests])[0]
    }

    /// Requests of several people that waited together.
    func act(grouped requests: [[CaseRequest]]) throws -> [[CaseWorkHandler.Outcome]] {
        try transact { try work.handle(requests, now: now, in: $0, output: &$1) }.map { try $0.get() }
    }

    private func transact<Value>(_ body: (PostgresTransaction, inout LaneOutput) throws -> Value) throws -> Value {
        do {
            let (value, output) = try session.transaction { transaction in
                var output = LaneOutput()
                return (try body(transaction, &output), output)
            }
            published += output.messages
            deadLetters += output.deadLetters.map(\.reason)
            return value
        } catch {
            renew()
            throw error.cause
        }
    }

    // MARK: Looking at what is stored

    func cases() throws -> [PublicCase] {
        try session.query("SELECT document FROM routing.\"case\" ORDER BY id").decode([UInt8].self).map {
            try PublicCase(json: JSONDocument($0).root)
        }
    }

    func history(_ id: CaseID) throws -> [CaseReading.HistoryEntry] { try CaseReading.history(id, session: session) }

    /// `change:state` of each step of a case.
    func steps(_ id: CaseID) throws -> [String] { try history(id).map { "\($0.change):\($0.to)" } }

    /// What the router said of cases, in order.
    func told() throws -> [CaseChanged] { try published.map { try CaseChanged(json: JSONDocument($0.payload).root) } }

    func count(_ table: String) throws -> Int {
        try session.query("SELECT count(*) FROM \(unescaped: table)").decode(Int.self)[0]
    }
}

extension CaseRequest {
    /// A request as most tests make it.
    init(_ id: CaseID, _ action: CaseAction, by actor: Actor, at: Timestamp? = nil, expecting version: Int? = nil) {
        self.init(
            caseName: id.description, action: action, actor: actor, at: at, expectedVersion: version,
            traceparent: "00-act")
    }
}

extension Result where Success == PublicCase, Failure == CaseRefusal {
    var refusal: CaseRefusal? { if case .failure(let refusal) = self { refusal } else { nil } }
}

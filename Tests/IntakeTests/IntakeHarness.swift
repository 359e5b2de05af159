import City
import CityStore
import Logging
import Messages
import Postgres
import TestSupport

@testable import EventLog
@testable import Intake

/// intake's schema in a database of its own, and its handlers driven by hand as the runtime drives them.
final class IntakeHarness {
    static let sealing = Sealing(secret: "a secret of at least thirty-two bytes", version: 1)

    let url: String
    let session: PostgresSession
    let city: City
    let now = local("2025-11-03 10:00")
    private(set) var acceptance: Acceptance
    private(set) var published: [OutgoingMessage] = []
    private(set) var deadLetters: [String] = []
    private var offset: Int64 = 0

    init() throws {
        city = try SampleStreet.make()
        url = try PrivatePostgres.shared().createDatabase()
        session = try Self.session(url)
        try PostgresMigrator(schema: "intake", migrations: Intake.migrations).migrate(session)
        acceptance = Self.acceptance(city)
    }

    deinit { session.close() }

    static func session(_ url: String) throws -> PostgresSession {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try PostgresSession(PostgresSettings(url: url), logger: logger)
    }

    static func acceptance(_ city: City) -> Acceptance {
        Acceptance(city: city, sealing: sealing, rules: AcceptanceRules())
    }

    // MARK: Driving

    /// An item as it comes by HTTP: the sample event with pieces of its text replaced.
    func item(_ changes: [(String, String)] = []) -> IntakeItem {
        let input = SampleEvent.replacing(changes)
        switch SampleEvent.read(input, city: city) {
        case .success(let submission): return .submission(submission, input: input)
        case .failure(let refused):
            return .refusal(Refusal(source: refused.source, input: input, reasons: refused.reasons))
        }
    }

    @discardableResult
    func accept(_ items: [IntakeItem], now: Timestamp? = nil) throws -> [ItemOutcome] {
        try transact { try self.acceptance.accept(items, now: now ?? self.now, in: $0, output: &$1) }
    }

    /// Does what the runtime does around a handler: one transaction, and what it says is kept when it commits.
    func transact<Value>(_ body: (PostgresTransaction, inout LaneOutput) throws -> Value) throws -> Value {
        do {
            let (value, output) = try session.transaction { transaction in
                var output = LaneOutput()
                return (try body(transaction, &output), output)
            }
            published += output.messages
            deadLetters += output.deadLetters.map(\.reason)
            return value
        } catch {
            acceptance = Self.acceptance(city)
            throw error.cause
        }
    }

    static let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    func message(
        _ payload: [UInt8], on topic: Topic, type: String, foreignID: String? = nil, source: String = ""
    ) -> Message {
        offset += 1
        return Message(
            topic: topic, partition: 0, offset: offset, key: "", subject: "", type: type, source: source,
            foreignID: foreignID, time: now, traceparent: Self.traceparent, producer: 0, number: 0, payload: payload)
    }

    // MARK: Looking at what is stored

    func count(_ table: String) throws -> Int {
        try session.query("SELECT count(*) FROM \(unescaped: table)").decode(Int.self)[0]
    }

    /// Tables, and topics, in which a text stands in any form: as text, or as bytes.
    func places(holding canary: String) throws -> [String] {
        let hex = canary.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let tables = try session.query(
            """
            SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
            """
        ).decode(String.self)
        let found = try tables.filter { table in
            let rows = try session.query(
                """
                SELECT 1 FROM \(unescaped: table) t
                WHERE position(\(canary) IN t::text) > 0 OR position(\(hex) IN t::text) > 0
                """)
            return !rows.isEmpty
        }
        let topics = published.filter { message in
            "\(message)".contains(canary) || String(decoding: message.payload, as: UTF8.self).contains(canary)
        }
        return found + topics.map(\.topic.name)
    }
}

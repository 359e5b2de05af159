import City
import Logging
import Messages
import Postgres
import TestSupport

@testable import EventLog
@testable import SLAWatcher

/// One lane over a database of its own, driven by hand as the runtime drives it.
final class LaneHarness {
    let session: PostgresSession
    let partition: Int
    var city: City
    private(set) var lane: ClockLane
    private(set) var published: [ClockFired] = []
    private(set) var deadLetters: [String] = []
    private var offset: Int64 = 0

    init(city: City, partition: Int = 0, url: String? = nil) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        session = try PostgresSession(PostgresSettings(url: try url ?? Self.freshDatabase()), logger: logger)
        self.partition = partition
        self.city = city
        lane = ClockLane(partition: partition) { city }
    }

    static func freshDatabase() throws -> String {
        let url = try PrivatePostgres.shared().createDatabase()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let session = try PostgresSession(PostgresSettings(url: url), logger: logger)
        _ = try PostgresMigrator(schema: SLASchema.name, migrations: SLASchema.migrations).migrate(session)
        session.close()
        return url
    }

    /// What a failed transaction or a new owner means: another handler over the same rows.
    func renew() {
        lane = ClockLane(partition: partition) { [unowned self] in city }
    }

    func message(_ change: CaseChanged) -> Message {
        var writer = JSONWriter()
        change.write(to: &writer)
        return message(payload: writer.bytes, subject: change.after.number)
    }

    func message(payload: [UInt8], subject: String) -> Message {
        offset += 1
        return Message(
            topic: .cases, partition: partition, offset: offset, key: subject, subject: subject, type: CaseChanged.type,
            source: "router", time: local("2026-06-03 09:00"), producer: 1, number: offset, payload: payload)
    }

    func handle(_ changes: [CaseChanged], now: Timestamp, failing: Bool = false) throws {
        try handle(messages: changes.map(message), now: now, failing: failing)
    }

    func handle(messages: [Message], now: Timestamp, failing: Bool = false) throws {
        try transact(failing: failing) { try lane.handle(messages, now: now, in: $0, output: &$1) }
    }

    /// Ticks as often as the lane asks for at `now`, as the runtime does.
    func tick(now: Timestamp, failing: Bool = false) throws {
        while let due = lane.nextTick, due <= now {
            try transact(failing: failing) { try lane.tick(now: now, in: $0, output: &$1) }
            if failing { return }
        }
    }

    private struct Abort: Error {}

    private func transact(failing: Bool, _ body: (PostgresTransaction, inout LaneOutput) throws -> Void) throws {
        let output: LaneOutput
        do {
            output = try session.transaction { transaction in
                var output = LaneOutput()
                try body(transaction, &output)
                guard failing else { return output }
                try transaction.flush()
                throw Abort()
            }
        } catch {
            guard error.bodyError is Abort else { throw error }
            return renew()
        }
        published += try output.messages.map { message in
            try ClockFired(json: JSONDocument(message.payload).root)
        }
        deadLetters += output.deadLetters.map(\.reason)
    }

    // MARK: Looking at what is stored

    func strings(_ sql: SQL) throws -> [String] {
        try session.query(sql).decode(String.self)
    }

    func count(_ table: String) throws -> Int {
        try session.query("SELECT count(*) FROM \(unescaped: table)").decode(Int.self)[0]
    }
}

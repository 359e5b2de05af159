import City
import Logging
import Messages
import Postgres
import TestSupport

@testable import EventLog
@testable import Rewards

/// Lanes over a database of its own, driven by hand as the runtime drives them.
final class LedgerHarness {
    let session: PostgresSession
    let city: City
    private var lanes: [Int: RewardsLane] = [:]
    private(set) var published: [PointsChanged] = []
    private(set) var deadLetters: [String] = []
    private var offset: Int64 = 0

    init(city: City, url: String? = nil) throws {
        session = try PostgresSession(PostgresSettings(url: try url ?? Self.freshDatabase()), logger: Self.logger)
        self.city = city
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func freshDatabase() throws -> String {
        let url = try PrivatePostgres.shared().createDatabase()
        let session = try PostgresSession(PostgresSettings(url: url), logger: logger)
        _ = try PostgresMigrator(schema: RewardsSchema.name, migrations: RewardsSchema.migrations).migrate(session)
        session.close()
        return url
    }

    func lane(_ partition: Int) -> RewardsLane {
        if let lane = lanes[partition] { return lane }
        let lane = RewardsLane(partition: partition) { [city] in city }
        lanes[partition] = lane
        return lane
    }

    /// What a failed transaction or a new owner means: other handlers over the same rows.
    func renew() { lanes = [:] }

    func handle(_ changes: [CaseChanged], partition: Int = 0, now: Timestamp, failing: Bool = false) throws {
        let messages = changes.map { change in
            var writer = JSONWriter()
            change.write(to: &writer)
            return message(payload: writer.bytes, subject: change.after.id.description)
        }
        try handle(messages: messages, partition: partition, now: now, failing: failing)
    }

    func handle(messages: [Message], partition: Int = 0, now: Timestamp, failing: Bool = false) throws {
        let lane = lane(partition)
        try transact(failing: failing) { try lane.handle(messages, now: now, in: $0, output: &$1) }
    }

    func message(payload: [UInt8], subject: String) -> Message {
        offset += 1
        return Message(
            topic: .cases, partition: 0, offset: offset, key: subject, subject: subject, type: CaseChanged.type,
            source: "router", time: local("2026-06-03 09:00"), producer: 1, number: offset, payload: payload)
    }

    /// Ticks as often as the lane asks for at `now`, as the runtime does.
    func tick(partition: Int = 0, now: Timestamp) throws {
        let lane = lane(partition)
        while let due = lane.nextTick, due <= now {
            try transact { try lane.tick(now: now, in: $0, output: &$1) }
        }
    }

    @discardableResult
    func review(
        _ transfers: [Int64], _ decision: ReviewDecision, by reviewer: Reviewer, reason: String? = nil, now: Timestamp,
        failing: Bool = false
    ) throws -> [ReviewOutcome] {
        let lane = ReviewLane { [city] in city }
        let request = ReviewRequest(
            reviewer: reviewer, transfers: transfers, decision: decision, reason: reason)
        return try transact(failing: failing) {
            try lane.handle([request], now: now, in: $0, output: &$1)[0].get()
        } ?? []
    }

    private struct Abort: Error {}

    @discardableResult
    private func transact<Value>(
        failing: Bool = false, _ body: (PostgresTransaction, inout LaneOutput) throws -> Value
    ) throws -> Value? {
        let (value, output): (Value, LaneOutput)
        do {
            (value, output) = try session.transaction { transaction in
                var output = LaneOutput()
                let value = try body(transaction, &output)
                guard failing else { return (value, output) }
                try transaction.flush()
                throw Abort()
            }
        } catch {
            guard error.bodyError is Abort else { throw error }
            renew()
            return nil
        }
        published += try output.messages.map { try PointsChanged(json: JSONDocument($0.payload).root) }
        deadLetters += output.deadLetters.map(\.reason)
        return value
    }

    // MARK: Looking at what is stored

    func strings(_ sql: SQL) throws -> [String] { try session.query(sql).decode(String.self) }
    func number(_ sql: SQL) throws -> Int { try session.query(sql).decode(Int.self)[0] }

    /// Claims as `case owner kind state`.
    func claims() throws -> [String] {
        try strings("SELECT concat_ws(' ', case_id, owner, kind, state) FROM rewards.claim").sorted()
    }

    /// Members' balances as `owner posted pending`, those with nothing left out.
    func balances() throws -> [String] {
        try strings(
            """
            SELECT concat_ws(' ', owner, posted, pending) FROM rewards.account
            WHERE kind = 'member' AND (posted <> 0 OR pending <> 0)
            """
        ).sorted()
    }

    var transfers: [Int64] { published.filter { $0.state == .pending }.map(\.transfer) }

    /// What must be wrong nowhere, ever: each line is a fault.
    func faults() throws -> [String] {
        try strings(
            """
            SELECT 'balance of ' || coalesce(owner, kind) FROM rewards.balance_check WHERE NOT agrees
            UNION ALL SELECT 'sum is not zero' FROM rewards.account HAVING sum(posted) <> 0 OR sum(pending) <> 0
            UNION ALL SELECT 'below zero: ' || owner FROM rewards.account
                WHERE kind <> 'scheme-pool' AND (posted < 0 OR pending < 0)
            UNION ALL SELECT 'two awards of case ' || t.case_id
                FROM rewards.transfer t LEFT JOIN rewards.resolution r ON r.transfer = t.id
                WHERE r.state IS NULL OR r.state = 'posted'
                GROUP BY t.case_id, t.owner, t.kind HAVING count(*) > 1
            UNION ALL SELECT 'claim and entries differ: ' || c.transfer
                FROM rewards.claim c LEFT JOIN rewards.resolution r ON r.transfer = c.transfer
                WHERE c.state <> coalesce(r.state, 'pending') OR c.resolved_by IS DISTINCT FROM r.resolved_by
            UNION ALL SELECT 'pending without a claim: ' || t.id FROM rewards.transfer t
                WHERE NOT EXISTS (SELECT FROM rewards.resolution r WHERE r.transfer = t.id)
                  AND NOT EXISTS (SELECT FROM rewards.claim c WHERE c.transfer = t.id)
            UNION ALL SELECT 'day total of ' || owner FROM (
                SELECT d.owner, d.points, coalesce(sum(c.points), 0) AS claimed
                FROM rewards.day_total d LEFT JOIN rewards.claim c ON c.owner = d.owner AND c.kind = d.kind
                    AND c.earned_on = d.day AND c.state IN ('pending', 'posted')
                GROUP BY d.owner, d.kind, d.day, d.points) AS days
                WHERE points <> claimed
            """)
    }
}

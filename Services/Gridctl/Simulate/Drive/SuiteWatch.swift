import City
import EventLog
import Logging
import Postgres

/// Looks into a suite's database for whoever drives its clock: sets the time, waits until lanes have nothing left to do.
///
/// Works on both logs: every message is numbered, and what consumers have seen is compared with what producers sent.
struct SuiteWatch: Sendable {
    /// How much must be done before the clock moves on.
    enum Rest: Sendable {
        /// The router has filed all reports.
        case filed
        /// Cases and their clocks agree: nothing that is due has yet to fire.
        case clocksAgree
        /// Everybody has seen everything.
        case complete
    }

    private static let patience = Duration.seconds(120)

    private let pool: PostgresPool

    init(pool: PostgresPool) { self.pool = pool }

    func setClock(_ now: Timestamp) async throws {
        try await pool.withSession { session in
            try Suite.setReplayClock(microseconds: now.microseconds, session: session)
        }
    }

    /// The suite's clock, and whether it replays.
    func clock() async throws -> (now: Timestamp, isReplay: Bool) {
        try await pool.withSession { session in
            let time = try Suite.now(session: session)
            return (Timestamp(microseconds: time.microseconds), time.isReplay)
        }
    }

    /// - Throws: ``CommandFailure`` when there is no rest within two minutes.
    func wait(for rest: Rest) async throws {
        let clock = ContinuousClock()
        let giveUp = clock.now + Self.patience
        var pause = 1
        while true {
            guard let unrest = try await pool.withSession({ try Self.unrest(rest, session: $0) }) else { return }
            guard clock.now < giveUp else {
                throw CommandFailure(
                    .unavailable, zh: "两分钟内没有处理完：\(unrest)", en: "not done within two minutes: \(unrest)")
            }
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(pause + 1, 10)
        }
    }

    /// A lane that has messages to read, by name; nil when all have read what was sent.
    ///
    /// - Parameter services: Whose lanes; nil for all.
    static func laneBehind(of services: [String]? = nil, session: PostgresSession) throws -> String? {
        try session.query(
            """
            SELECT l.service || '/' || l.input || '/' || l.partition
            FROM eventlog.lane l
            JOIN eventlog.tape_sent s ON s.topic = l.input AND s.partition = l.partition
            LEFT JOIN eventlog.tape_seen n ON n.lane = l.id AND n.producer = s.lane
            WHERE coalesce(n.last_number, 0) < s.last_number
              AND (\(services)::text[] IS NULL OR l.service = ANY(\(services)))
            LIMIT 1
            """
        ).decode(String.self).first
    }

    /// Something that is still to be done; nil at rest.
    static func unrest(_ rest: Rest, session: PostgresSession) throws -> String? {
        let services: [String]? =
            switch rest {
            case .filed: ["router"]
            case .clocksAgree: ["router", "sla-watcher"]
            case .complete: nil
            }
        if let behind = try laneBehind(of: services, session: session) { return behind }
        if case .filed = rest { return nil }
        let ticking = try session.query(
            """
            SELECT case_id || '/' || kind FROM sla.clock
            WHERE next_due <= eventlog.now() - interval '300 milliseconds' LIMIT 1
            """
        ).decode(String.self).first
        if let ticking { return "clock \(ticking)" }
        guard case .complete = rest else { return nil }
        let pending = try session.query(
            """
            SELECT 'claim ' || transfer FROM rewards.claim
            WHERE state = 'pending' AND expires_at <= eventlog.now() - interval '1 second'
            UNION ALL SELECT 'outbox ' || lane FROM eventlog.outbox LIMIT 1
            """
        ).decode(String.self).first
        return pending
    }
}

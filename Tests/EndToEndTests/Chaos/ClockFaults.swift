import City
import Foundation
import Postgres
import TestSupport
import Testing

/// Clocks that jump.
extension SuiteUnderTest {
    /// Whose clock is wrong.
    enum WrongClock: CaseIterable, Sendable {
        case services, server, everybody
    }

    /// Sets clocks wrong for a while. By a wrong clock of the database, which is the suite's, nothing fires.
    func withWrongClock(_ whose: WrongClock, seconds: Int64) async throws {
        let machine = try machine.get()
        defer {
            try? machine.serviceClock.shift(seconds: 0)
            try? machine.serverClock.shift(seconds: 0)
        }
        if whose != .server { try machine.serviceClock.shift(seconds: seconds) }
        if whose != .services {
            try machine.serverClock.shift(seconds: seconds)
            try await require("the sla-watcher says that the time jumped", seconds: 30) {
                try await HTTP.get(url(.slaWatcher, "/health")).text.contains("monotonic clock differ")
            }
        }
        try await Task.sleep(for: .seconds(2))
        try await expectNothingEarly()
    }

    /// Checks, by the tests' own clock, that nothing fired before its time.
    ///
    /// A stage that went on past its deadline by the record is late by the record, whatever clock wrote that.
    func expectNothingEarly() async throws {
        let now = PostgresTimestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        try await expectNone(
            "clocks that fired before their time",
            """
            SELECT 'case ' || f.case_id || ' ' || f.kind || ' ' || f.mark || ' due ' || f.due_at
            FROM sla.fired f
            WHERE f.due_at > \(now) + interval '1 s'
              AND NOT EXISTS (SELECT FROM routing.history h WHERE h.case_id = f.case_id AND h.at > f.due_at)
            """)
    }
}

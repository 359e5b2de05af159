import City
import Foundation
import Messages
import Postgres
import ServiceKit
import TestSupport
import Testing

extension EndToEnd {
    /// A log that has lost what was not read yet. No suite recovers from that by itself, and none may act as if nothing
    /// were missing.
    @Suite
    struct LostLogTests {
        @Test(
            "lanes whose messages are gone stop, say so, and skip nothing",
            arguments: [EventLogChoice.postgres, .kafka])
        func lost(log: EventLogChoice) async throws {
            if log == .kafka, ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"]?.isEmpty == false {
                print("skipped, because two suites cannot share the brokers: lost messages over Kafka")
                return
            }
            let suite = try await SuiteUnderTest.ofItsOwn(log)
            let reader = Lane(suite)
            try await reader.submit(20)
            try await suite.quiet()
            let position = try await reader.position()
            #expect(position > 0)

            // Nobody reads while the log loses what is written to it.
            _ = await suite.stop(.router)
            try await reader.submit(10)
            try await reader.loseUnread()
            try await suite.restart(.router)
            try await reader.expectStopped("position-lost")

            // An operator who hopes: what comes next fills the offsets that were lost, and services start anew.
            try await reader.submit(Int(position) + 20)
            _ = await suite.stop(.router)
            try await suite.restart(.router)
            try await reader.expectStopped(log == .kafka ? "gap" : "position-lost")
            #expect(try await reader.position() == position, "something was passed over")
            #expect(try await reader.reportsWithCases() == 20)
            await suite.end()
        }
    }
}

/// The lane of the router that reads the reports of one community.
private struct Lane {
    let suite: SuiteUnderTest
    let client: PublisherClient

    init(_ suite: SuiteUnderTest) {
        self.suite = suite
        client = PublisherClient(suite)
    }

    /// Submits reports, one message each, that all go to this lane: they are of one place.
    func submit(_ count: Int) async throws {
        let condition = try #require(suite.city.profile.conditions.first { $0.severity != .major })
        for _ in 0..<count {
            let draft = ReportDraft(
                UUID().uuidString, condition: condition.code, place: suite.city.boundingBox.center)
            _ = try await client.submitUntilAnswered([draft], as: .structured)
        }
    }

    func position() async throws -> Int64 {
        try #require(
            try await suite.value(
                "SELECT max(next_offset) FROM eventlog.lane WHERE service = 'router' AND input = 'reports'"))
    }

    func reportsWithCases() async throws -> Int64 {
        try await suite.value("SELECT count(*) FROM routing.history WHERE report_id IS NOT NULL") ?? -1
    }

    /// Takes away what nobody has read: rows of the PostgreSQL log, or all that the broker holds.
    func loseUnread() async throws {
        guard suite.log == .kafka else {
            let removed: [Int64] = try await suite.query(
                """
                WITH gone AS (
                    DELETE FROM eventlog.record_batch b USING eventlog.topic t, eventlog.lane l
                    WHERE t.id = b.topic AND t.name = 'reports' AND l.service = 'router' AND l.input = t.name
                      AND l.partition = b.partition AND b.base_offset >= l.next_offset
                    RETURNING b.count)
                SELECT coalesce(sum(count), 0)::bigint FROM gone
                """)
            #expect(removed == [10])
            return
        }
        for service in ServiceName.allCases where service != .router { _ = await suite.stop(service) }
        await suite.broker?.end()
        try await suite.bringUpBroker()
        for service in ServiceName.allCases where service != .router { try await suite.restart(service) }
    }

    /// Expects readiness to say why the lane stands still, and the log to say it loudly.
    func expectStopped(_ reason: String) async throws {
        var last = ""
        do {
            try await require("the router says that messages are gone", seconds: 60) {
                let answer = try await HTTP.get(suite.url(.router, "/health/ready"))
                last = answer.text
                return answer.status == 503 && last.contains("lane reports/") && last.contains(reason)
            }
        } catch {
            Issue.record("the router says \(last)")
            throw error
        }
        let lines = try String(contentsOfFile: suite.logPath(.router), encoding: .utf8).split(separator: "\n")
        #expect(
            lines.contains {
                $0.contains(#""level":"critical""#)
                    && ($0.contains("lane stopped") || $0.contains("a message is missing"))
            }, "no alarm in \(suite.logPath(.router))")
    }
}

import TestSupport
import City
import Dispatch
import Messages
import Postgres
import Synchronization
import Testing

@testable import EventLog
@testable import Intake

@Suite("Two lanes accepting at the same time")
struct AcceptanceRaceTests {
    /// Accepts on a connection and thread of its own.
    private final class OtherLane: Sendable {
        private let outcome = Mutex<Result<[ItemOutcome], any Error>?>(nil)
        private let done = DispatchSemaphore(value: 0)

        init(url: String, items: [IntakeItem], now: Timestamp) {
            DispatchQueue(label: "other lane").async { [self] in
                let result = Result {
                    let session = try IntakeHarness.session(url)
                    defer { session.close() }
                    let acceptance = IntakeHarness.acceptance(try SampleStreet.make())
                    return try session.transaction { transaction in
                        var output = LaneOutput()
                        return try acceptance.accept(items, now: now, in: transaction, output: &output)
                    }
                }
                outcome.withLock { $0 = result }
                done.signal()
            }
        }

        func outcomes() throws -> [ItemOutcome] {
            guard done.wait(timeout: .now() + 20) == .success else {
                throw MessageFault(reason: "the other lane hangs")
            }
            return try outcome.withLock { try $0?.get() ?? [] }
        }
    }

    private struct Abort: Error {}

    private static func waitUntilBlocked(_ url: String) throws {
        let session = try IntakeHarness.session(url)
        defer { session.close() }
        let deadline = DispatchTime.now() + 20
        while DispatchTime.now() < deadline {
            let waiting = try session.query(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            if !waiting.isEmpty { return }
        }
        throw MessageFault(reason: "the other lane never waited")
    }

    @Test("Whoever comes second waits, and gets the first one's number")
    func second() throws {
        let intake = try IntakeHarness()
        var other: OtherLane?
        let mine = try intake.transact { transaction, output in
            let outcomes = try intake.acceptance.accept(
                [intake.item()], now: intake.now, in: transaction, output: &output)
            other = OtherLane(
                url: intake.url, items: [intake.item(), intake.item([("p-1", "p-2")])], now: intake.now)
            try Self.waitUntilBlocked(intake.url)
            return outcomes
        }
        guard case .accepted(let number, false) = mine[0] else {
            Issue.record("not accepted")
            return
        }
        let theirs = try #require(try other?.outcomes())
        #expect(theirs[0] == .accepted(trackingNumber: number, repeated: true))
        guard case .accepted(let second, false) = theirs[1] else {
            Issue.record("not accepted")
            return
        }
        #expect(second != number)
        #expect(try intake.count("intake.report") == 2)
    }

    @Test("Other content under the same id meets the first one's: a conflict, not an error")
    func conflict() throws {
        let intake = try IntakeHarness()
        var other: OtherLane?
        _ = try intake.transact { transaction, output in
            let outcomes = try intake.acceptance.accept(
                [intake.item()], now: intake.now, in: transaction, output: &output)
            other = OtherLane(url: intake.url, items: [intake.item([("路口井盖", "别处")])], now: intake.now)
            try Self.waitUntilBlocked(intake.url)
            return outcomes
        }
        #expect(try other?.outcomes() == [.conflict(trackingNumber: "SMP-0000001000-5")])
    }

    @Test("When the first one fails, the second is the first")
    func rolledBack() throws {
        let intake = try IntakeHarness()
        var other: OtherLane?
        #expect(throws: Abort.self) {
            try intake.transact { transaction, output in
                _ = try intake.acceptance.accept([intake.item()], now: intake.now, in: transaction, output: &output)
                other = OtherLane(url: intake.url, items: [intake.item()], now: intake.now)
                try Self.waitUntilBlocked(intake.url)
                throw Abort()
            }
        }
        guard case .accepted(_, repeated: false)? = try other?.outcomes().first else {
            Issue.record("not accepted")
            return
        }
        #expect(try intake.count("intake.report") == 1)
    }

    @Test("Eight lanes accept the same hundred reports: each is stored once and everybody gets the same numbers")
    func crowd() throws {
        let intake = try IntakeHarness()
        let items = (0..<100).map { intake.item([("p-1", "p-\($0)")]) }
        let lanes = (0..<8).map { _ in OtherLane(url: intake.url, items: items, now: intake.now) }
        let numbers = try lanes.map { lane in
            try lane.outcomes().map { outcome -> String in
                guard case .accepted(let number, _) = outcome else { return "refused" }
                return number
            }
        }
        #expect(Set(numbers).count == 1 && Set(numbers[0]).count == 100 && !numbers[0].contains("refused"))
        #expect(try intake.count("intake.report") == 100)
    }
}

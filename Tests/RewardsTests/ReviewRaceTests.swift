import City
import Dispatch
import Messages
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Rewards

/// Many sessions at once over one database: whoever wins, it adds up.
@Suite("Races")
struct ReviewRaceTests {
    private static let noon = local("2026-06-03 12:00")
    private static let racers = 8

    /// Runs `body` in as many threads as there are racers and returns what went wrong.
    private func race(_ body: @Sendable (Int) throws -> Void) -> [String] {
        let errors = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: Self.racers) { racer in
            do { try body(racer) } catch { errors.withLock { $0.append("\(error)") } }
        }
        return errors.withLock { $0 }
    }

    private func closings(_ ids: ClosedRange<Int64>, finder: String = "worker-a") -> [CaseChanged] {
        ids.map { id in
            var story = CaseStory(id, finder: finder)
            return story.closeOnTheSpot(at: Self.noon)
        }
    }

    @Test("Eight reviewers decide on the same claims while lanes open and withdraw others")
    func reviewers() throws {
        let city = try SampleCity.make { $0.tariff.rates = [SampleCity.rate("on-the-spot-handling", 3, cap: 100_000)] }
        let url = try LedgerHarness.freshDatabase()
        let harness = try LedgerHarness(city: city, url: url)
        try harness.handle(closings(1...200), now: Self.noon)
        let transfers = harness.transfers
        #expect(transfers.count == 200)

        let answers = Mutex<[(transfer: Int64, state: PointsChanged.State)]>([])
        let told = Mutex<[PointsChanged]>([])
        let seed = UInt64.random(in: 0...UInt64.max)
        let errors = race { racer in
            var random = SeededGenerator(seed: seed &+ UInt64(racer))
            let own = try LedgerHarness(city: city, url: url)
            // Half of them go side by side through the same claims.
            var rest = racer % 2 == 0 ? transfers : transfers.shuffled(using: &random)
            var next = Int64(1_000 * (racer + 1))
            while !rest.isEmpty {
                let some = Array(rest.prefix(racer % 2 == 0 ? 5 : Int.random(in: 1...20, using: &random)))
                rest.removeFirst(some.count)
                let decision = ReviewDecision.allCases.randomElement(using: &random) ?? .post
                let outcomes = try own.review(some, decision, by: .first, now: Self.noon)
                answers.withLock { answers in
                    for (transfer, outcome) in zip(some, outcomes) {
                        guard case .done(let claim) = outcome else { continue }
                        answers.append((transfer, claim.state))
                    }
                }
                // The same people's cases close and are voided in other lanes meanwhile.
                var story = CaseStory(next, finder: ["worker-a", "worker-b"].randomElement(using: &random))
                try own.handle([story.closeOnTheSpot(at: Self.noon)], partition: racer, now: Self.noon)
                try own.handle([story.void(at: Self.noon)], partition: racer, now: Self.noon)
                next += 1
            }
            told.withLock { $0 += own.published }
        }
        #expect(errors.isEmpty, "seed \(seed)")
        let states = try harness.session.query(
            "SELECT transfer, state FROM rewards.resolution WHERE resolved_by = 'reviewer-1'"
        ).decode((Int64, String).self)
        let resolved = Dictionary(uniqueKeysWithValues: states.map { ($0.0, $0.1) })
        #expect(Set(resolved.keys) == Set(transfers))
        #expect(answers.withLock { $0 }.allSatisfy { resolved[$0.transfer] == $0.state.rawValue }, "seed \(seed)")
        let published = told.withLock { $0 }.filter { $0.by == "reviewer-1" }
        #expect(published.count == 200 && Set(published.map(\.transfer)).count == 200)
        let posted = resolved.values.filter { $0 == "posted" }.count * 3
        #expect(try harness.balances() == (posted > 0 ? ["worker-a \(posted) 0"] : []))
        #expect(try harness.faults().isEmpty, "seed \(seed)")
    }

    @Test("A cap is not passed by lanes that see one person's work at once")
    func caps() throws {
        let city = try SampleCity.make { $0.tariff.rates = [SampleCity.rate("on-the-spot-handling", 3, cap: 31)] }
        let url = try LedgerHarness.freshDatabase()
        let errors = race { racer in
            let own = try LedgerHarness(city: city, url: url)
            for round in 0..<10 {
                let first = Int64(racer * 1_000 + round * 10 + 1)
                try own.handle(closings(first...first + 2), partition: racer, now: Self.noon)
            }
        }
        #expect(errors.isEmpty)
        let harness = try LedgerHarness(city: city, url: url)
        #expect(try harness.balances() == ["worker-a 0 30"])
        #expect(try harness.number("SELECT count(*) FROM rewards.capped") == 8 * 10 * 3 - 10)
        #expect(try harness.faults().isEmpty)
    }
}

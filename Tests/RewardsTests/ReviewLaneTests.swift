import City
import Messages
import Postgres
import Testing

@testable import Rewards

@Suite("Reviews over PostgreSQL")
struct ReviewLaneTests {
    private let noon = local("2026-06-03 12:00")

    private func harness(claims: Int64 = 2) throws -> LedgerHarness {
        let harness = try LedgerHarness(city: SampleCity.make())
        let changes = (1...claims).map { id in
            var story = CaseStory(id, finder: "worker-a")
            return story.closeOnTheSpot(at: noon)
        }
        try harness.handle(changes, now: noon)
        return harness
    }

    @Test("The same decision again is the same answer; another one is refused")
    func idempotent() throws {
        let harness = try harness()
        let transfer = harness.transfers[0]
        let first = try harness.review([transfer], .post, by: .first, now: noon)
        guard case .done(let claim)? = first.first else {
            Issue.record("not done: \(first)")
            return
        }
        #expect(claim.state == .posted && claim.resolvedBy == "reviewer-1")
        #expect(try harness.review([transfer], .post, by: .chief, now: noon.plus(days: 9)) == first)
        #expect(try harness.review([transfer], .void, by: .first, now: noon) == [.alreadyResolved(.posted)])
        #expect(harness.published.map(\.state) == [.pending, .pending, .posted])
        #expect(try harness.balances() == ["worker-a 3 3"])
        #expect(try harness.faults().isEmpty)
    }

    @Test("Each claim of a batch has its own answer, also when it is named twice")
    func batch() throws {
        let harness = try harness()
        let (one, two) = (harness.transfers[0], harness.transfers[1])
        try harness.review([two], .void, by: .first, reason: "not his grid", now: noon)
        let answers = try harness.review([one, two, 999, one], .post, by: .first, now: noon)
        #expect(answers.count == 4 && answers[0] == answers[3])
        #expect(answers[1] == .alreadyResolved(.voided) && answers[2] == .notFound)
        #expect(try harness.review([one], .post, by: .second, now: noon) == [.notFound])
        #expect(try harness.balances() == ["worker-a 3 0"])
        #expect(
            try harness.strings("SELECT reason FROM rewards.resolution WHERE reason IS NOT NULL") == ["not his grid"])
        #expect(try harness.faults().isEmpty)
    }

    @Test("What reviewers see: their own grids, by state, in pages")
    func pages() throws {
        let harness = try harness()
        func page(
            _ state: PointsChanged.State = .pending, review: [String]? = nil, grids: [String]? = nil, after: Int64 = 0
        ) throws -> [Int64] {
            let filter = ClaimStore.Filter(
                state: state, reviewGrids: review?.map { GridCode($0) }, grids: grids?.map { GridCode($0) },
                after: after, limit: 10)
            return try harness.session.transaction(readOnly: true) { try ClaimStore.page(filter, in: $0) }.map(
                \.transfer)
        }
        let transfers = harness.transfers
        #expect(try page() == transfers)
        #expect(try page(review: ["C1", "C2"], grids: ["A"]) == transfers)
        #expect(try page(review: ["C2"]).isEmpty)
        #expect(try page(grids: ["B", "D"]).isEmpty)
        #expect(try page(after: transfers[0]) == [transfers[1]])
        try harness.review([transfers[0]], .post, by: .first, now: noon)
        #expect(try page(.posted) == [transfers[0]])
        #expect(try page() == [transfers[1]])
    }

    @Test(
        "The database itself refuses what the ledger forbids",
        arguments: [
            "UPDATE rewards.transfer SET points = 99", "DELETE FROM rewards.transfer",
            "TRUNCATE rewards.transfer CASCADE", "UPDATE rewards.resolution SET state = 'voided'",
            "DELETE FROM rewards.resolution", "TRUNCATE rewards.resolution", "DELETE FROM rewards.account",
            "INSERT INTO rewards.resolution SELECT transfer, 'voided', 'x', now(), NULL FROM rewards.resolution",
            "INSERT INTO rewards.resolution SELECT max(id) + 1, 'voided', 'x', now(), NULL FROM rewards.transfer",
            "UPDATE rewards.account SET posted = posted + 1 WHERE owner = 'worker-a'",
            "INSERT INTO rewards.account (kind, owner, posted) VALUES ('member', 'x', 5)",
            "SELECT rewards.move(ARRAY[1, 2]::bigint[], ARRAY[5, -5]::bigint[], ARRAY[0, 0]::bigint[])",
            "UPDATE rewards.day_total SET points = -1",
            """
            INSERT INTO rewards.claim SELECT case_id, owner, kind, transfer + 1, state, resolved_by, case_version, points,
                account, grid, review_grid, earned_on, opened_at, expires_at, partition FROM rewards.claim
            """,
        ])
    func refused(_ statement: String) throws {
        let harness = try harness()
        try harness.review([harness.transfers[0]], .post, by: .first, now: noon)
        #expect(throws: PostgresError.self) { try harness.session.query(SQL(unescaped: statement)) }
        #expect(try harness.faults().isEmpty)
    }
}

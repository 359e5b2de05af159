import City
import Messages
import TestSupport

@testable import EventLog
@testable import Rewards

/// What rewards keeps.
struct RewardsTables {
    var claims: [ClaimKey: Claim] = [:]
    /// Which partition of `cases` a claim belongs to.
    var partitions: [Int64: Int] = [:]
    var withdrawn: [CaseID: Int] = [:]
    var refused: Set<RefusedWork> = []
    var totals: [DayKey: Int] = [:]
    var accounts: [PostCode: Int64] = [:]
    var balances: [Int64: Ledger.Movement] = [:]
    var entries: [LedgerEntry] = []

    mutating func book(_ new: [LedgerEntry]) {
        entries += new
        for (key, points) in Ledger.dayChanges(new) { totals[key, default: 0] += points }
        for (account, movement) in Ledger.movements(new) {
            balances[account, default: .init()].posted += movement.posted
            balances[account, default: .init()].pending += movement.pending
        }
    }
}

/// rewards' lanes and those who review.
final class RewardsModel {
    private let city: City
    private let changes: DecodedBodies<CaseChanged>
    private var requests: [(transfer: Int64, decision: ReviewDecision)] = []
    private var answers: [Int: String] = [:]

    init(city: City, changes: DecodedBodies<CaseChanged>) {
        self.city = city
        self.changes = changes
    }

    // MARK: Reviewers

    func nextRequest(_ store: SimulatedStore, random: inout SeededGenerator) -> Int? {
        if !requests.isEmpty, Bool.random(using: &random) { return Int.random(in: 0..<requests.count, using: &random) }
        guard let claim = store.rewards.claims.values.map(\.transfer).sorted().randomElement(using: &random) else {
            return nil
        }
        requests.append((claim, Bool.random(using: &random) ? .post : .void))
        return requests.count - 1
    }

    func describe(_ request: Int) -> String { "\(requests[request].decision.rawValue) \(requests[request].transfer)" }

    /// - Returns: what is wrong with the answer.
    func answered(_ request: Int, _ answer: String) -> String? {
        defer { answers[request] = answer }
        return answers[request] == "done" && answer != "done" ? "\(describe(request)) was done, then \(answer)" : nil
    }

    // MARK: Lanes

    func claims(_ lane: LaneIdentity, in suite: SimulatedSuite) -> any SimulatedHandler {
        ClaimsModel(self, lane.partition, suite)
    }

    func reviews() -> any SimulatedHandler { ReviewsModel(self) }

    private final class ClaimsModel: SimulatedHandler {
        private let model: RewardsModel
        private let partition: Int
        private let suite: SimulatedSuite
        private var earliestExpiry: Timestamp?
        private var hasLooked = false

        init(_ model: RewardsModel, _ partition: Int, _ suite: SimulatedSuite) {
            self.model = model
            self.partition = partition
            self.suite = suite
        }

        func handle(
            _ messages: [Message], now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
        ) throws {
            let changes = try messages.map { try model.changes.decode($0) }.filter {
                $0.after.state == .closed || ClaimRules.withdrawal(by: $0) != nil
            }
            guard !changes.isEmpty else { return }
            var book = ClaimBook(page(for: changes, in: &store), city: model.city, now: now)
            for change in changes { try book.apply(change) }
            for claim in book.changedClaims {
                store.rewards.claims[claim.key] = claim
                store.rewards.partitions[claim.transfer] = partition
                if claim.isOpen { earliestExpiry = min(earliestExpiry ?? claim.expiresAt, claim.expiresAt) }
            }
            store.rewards.withdrawn.merge(book.withdrawn) { $1 }
            for work in book.capped {
                store.rewards.refused.insert(RefusedWork(key: work.key, caseVersion: work.caseVersion))
            }
            store.rewards.book(book.entries)
            output.publish(book.entries.map { $0.published(now: now) })
        }

        private func page(for changes: [CaseChanged], in store: inout SimulatedStore) -> ClaimBook.Page {
            let cases = Set(changes.map(\.after.id))
            let work = changes.flatMap { ClaimRules.earned(by: $0, city: model.city) }
            for owner in Set(work.map(\.key.owner)).sorted() where store.rewards.accounts[owner] == nil {
                store.rewards.accounts[owner] = Ledger.pool + 1 + Int64(store.rewards.accounts.count)
            }
            var page = ClaimBook.Page()
            page.claims = store.rewards.claims.values.filter { cases.contains($0.key.caseID) }
            page.withdrawn = store.rewards.withdrawn
            page.refused = store.rewards.refused
            page.totals = store.rewards.totals
            page.accounts = store.rewards.accounts
            page.numbers = Array(suite.takeNumbers("transfer", Int64(work.count)))
            return page
        }

        var nextTick: Timestamp? { hasLooked ? earliestExpiry : .earliest }

        func tick(now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput) throws {
            let own = store.rewards.claims.values.filter { claim in
                claim.isOpen && store.rewards.partitions[claim.transfer] == partition
            }
            let overdue = own.filter { $0.expiresAt <= now }.sorted { $0.transfer < $1.transfer }
            for var claim in overdue {
                claim.state = .expired
                claim.resolvedBy = Ledger.system
                store.rewards.claims[claim.key] = claim
                let entry = LedgerEntry.resolved(claim, reason: Ledger.reviewMissed)
                store.rewards.book([entry])
                output.publish(entry.published(now: now))
            }
            earliestExpiry = own.filter { $0.expiresAt > now }.map(\.expiresAt).min()
            hasLooked = true
        }
    }

    private final class ReviewsModel: SimulatedHandler {
        private let model: RewardsModel
        private static let reviewer = Reviewer(
            post: PostCode("CR"), roles: ["reviewer"], jurisdiction: [GridCode("R")])

        init(_ model: RewardsModel) { self.model = model }

        func answer(
            _ request: Int, now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
        ) throws -> String {
            let (transfer, decision) = model.requests[request]
            let claim = store.rewards.claims.values.first { $0.transfer == transfer }
            let verdict = ReviewRules.judge(claim, decision: decision, by: Self.reviewer, city: model.city, now: now)
            switch verdict {
            case .answer(.done): return "done"
            case .answer: return "refused"
            case .resolve(let claim):
                store.rewards.claims[claim.key] = claim
                let entry = LedgerEntry.resolved(claim, reason: nil)
                store.rewards.book([entry])
                output.publish(entry.published(now: now))
                return "done"
            }
        }
    }

    // MARK: What must hold

    func faults(_ store: SimulatedStore) -> [String] {
        var faults: [String] = []
        let balances = store.rewards.balances
        if balances.values.reduce(0, { $0 + $1.posted }) != 0 { faults.append("posted points do not sum up to zero") }
        if balances.values.reduce(0, { $0 + $1.pending }) != 0 { faults.append("pending points do not sum up to zero") }
        for (account, balance) in balances where account != Ledger.pool {
            if balance.posted < 0 || balance.pending < 0 { faults.append("account \(account) is below zero") }
        }
        let opened = store.rewards.entries.compactMap { if case .opened(let claim) = $0 { claim } else { nil } }
        let resolved = store.rewards.entries.compactMap { if case .resolved(let claim, _) = $0 { claim } else { nil } }
        if Set(opened.map(\.transfer)).count != opened.count { faults.append("a transfer was opened twice") }
        if Set(resolved.map(\.transfer)).count != resolved.count { faults.append("a transfer was resolved twice") }
        for (key, awards) in Dictionary(grouping: resolved.filter { $0.state == .posted }, by: \.key)
        where awards.count > 1 {
            faults.append("\(key) was awarded \(awards.count) times")
        }
        if opened.count - resolved.count != store.rewards.claims.values.count(where: \.isOpen) {
            faults.append("claims and entries differ")
        }
        return faults
    }
}

import City
import Messages
import Testing

@testable import Rewards

@Suite("Who may decide what")
struct ReviewRulesTests {
    private static let opened = local("2026-06-03 12:00")

    static func claim(_ state: PointsChanged.State = .pending, reviewGrid: String = "C1") -> Claim {
        Claim(
            key: ClaimKey(caseID: CaseID(1), owner: PostCode("worker-a"), kind: "valid-report"), transfer: 9,
            account: 2,
            points: 1, grid: GridCode("A"), reviewGrid: GridCode(reviewGrid),
            day: CivilDay(year: 2026, month: 6, day: 3),
            openedAt: opened, expiresAt: opened.plus(days: 7), caseVersion: 4, state: state,
            resolvedBy: state == .pending ? nil : "reviewer-1")
    }

    struct Question: Sendable, CustomTestStringConvertible {
        var name: String
        var claim: Claim? = ReviewRulesTests.claim()
        var decision = ReviewDecision.post
        var reviewer = Reviewer.first
        var afterDays = 1
        /// Nil: it is resolved as decided.
        var answer: ReviewOutcome?
        var testDescription: String { name }
    }

    static let questions = [
        Question(name: "the grid's reviewer posts"),
        Question(name: "the grid's reviewer voids", decision: .void),
        Question(name: "a reviewer further up", reviewer: .chief),
        Question(name: "a reviewer of another community", reviewer: .second, answer: .notFound),
        Question(name: "a reviewer of the grid itself", reviewer: .sample("x", over: "A"), answer: .notFound),
        Question(
            name: "somebody else of the community", reviewer: .sample("x", role: "grid-leader", over: "C1"),
            answer: .notFound),
        Question(name: "no such claim", claim: nil, answer: .notFound),
        Question(name: "own work", reviewer: .sample("worker-a", over: "C1"), answer: .ownWork),
        Question(name: "the same again", claim: claim(.posted), answer: .done(claim(.posted))),
        Question(name: "the other afterwards", claim: claim(.voided), answer: .alreadyResolved(.voided)),
        Question(name: "after it expired", claim: claim(.expired), answer: .alreadyResolved(.expired)),
        Question(name: "at the deadline, before the lane came by", afterDays: 7, answer: .alreadyResolved(.expired)),
        Question(name: "a dissolved grid, for the whole city", claim: claim(reviewGrid: "gone"), reviewer: .chief),
        Question(
            name: "a dissolved grid, for a community", claim: claim(reviewGrid: "gone"), reviewer: .first,
            answer: .notFound),
    ]

    @Test(arguments: questions)
    func judge(_ question: Question) throws {
        let verdict = ReviewRules.judge(
            question.claim, decision: question.decision, by: question.reviewer, city: try SampleCity.make(),
            now: Self.opened.plus(days: question.afterDays))
        if let answer = question.answer {
            #expect(verdict == .answer(answer))
        } else {
            var resolved = try #require(question.claim)
            resolved.state = question.decision.state
            resolved.resolvedBy = question.reviewer.post.rawValue
            #expect(verdict == .resolve(resolved))
        }
    }

    @Test("What entries do to balances sums to zero, and resolving undoes what opening did")
    func movements() {
        let open = LedgerEntry.opened(Self.claim())
        #expect(Ledger.movements([open]) == [2: .init(pending: 1), 1: .init(pending: -1)])
        #expect(
            Ledger.movements([open, .resolved(Self.claim(.posted), reason: nil)])
                == [2: .init(posted: 1), 1: .init(posted: -1)])
        #expect(
            Ledger.movements([open, .resolved(Self.claim(.expired), reason: nil)]) == [2: .init(), 1: .init()])
        #expect(Ledger.dayChanges([open]).values.map { $0 } == [1])
        #expect(Ledger.dayChanges([open, .resolved(Self.claim(.voided), reason: nil)]).isEmpty)
        #expect(Ledger.dayChanges([.resolved(Self.claim(.posted), reason: nil)]).isEmpty)
    }

    @Test("A reviewer's own words are published nowhere; the system's reason is")
    func words() {
        let said = Ledger.message(.resolved(Self.claim(.voided), reason: "names somebody"), now: Self.opened)
        #expect(said.reason == nil && said.by == "reviewer-1" && said.state == .voided)
        var expired = Self.claim(.expired)
        expired.resolvedBy = Ledger.system
        #expect(Ledger.message(.resolved(expired, reason: Ledger.reviewMissed), now: Self.opened).reason != nil)
    }
}

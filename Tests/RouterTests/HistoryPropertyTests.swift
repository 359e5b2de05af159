import City
import Messages
import TestSupport
import Testing

@testable import Router

@Suite("Histories of random lives")
struct HistoryPropertyTests {
    let router: RouterHarness

    init() async throws { router = try await RouterHarness() }

    /// Draws cases, actions and actors, likely ones more often than foolish ones.
    private struct Draw {
        var random: SeededGenerator

        mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

        mutating func actor(for one: PublicCase) -> Actor {
            switch below(6) {
            case 0, 1: Sample.actor(one.assignee?.rawValue ?? "GW-M001")
            case 2: Sample.actor("DP1", roles: ["dispatcher"], in: "R")
            case 3: Sample.actor("CK", roles: ["closing-checker"], in: "R")
            case 4: Sample.actor("DP2", roles: ["dispatcher", "closing-checker"], in: "B02")
            default: Sample.actor("GW-M0\(10 + below(80))")
            }
        }

        mutating func action() -> CaseAction {
            switch below(16) {
            case 0, 1, 2: .accept
            case 3: .start
            case 4: .sendBack(reason: "not ours")
            case 5: .sendBack(reason: "")
            case 6, 7: .handle(note: "done", evidence: below(2) == 0 ? [] : ["a.jpg"])
            case 8, 9: .check(passed: true, reason: nil)
            case 10: .check(passed: false, reason: "again")
            case 11, 12: .dispatch(to: PostCode(["GW-M001", "BG-B01", "nobody"][below(3)]), reason: "so")
            case 13: [.decline(reason: "no"), .void(reason: "test")][below(2)]
            case 14: .locate(grid: GridCode(["M001", "M099", "M999"][below(3)]))
            default: .acknowledge(node: "GL-M001")
            }
        }
    }

    @Test("200 cases in random hands: refused exactly where the rules say, every history whole, and it tells the case")
    func randomLives() throws {
        let seed = freshSeed("histories")
        var draw = Draw(random: SeededGenerator(seed: seed))
        let conditions = ["E0101-1", "C0101-2", "C0101-1", "S0101-1", "E0401-1"]
        for batch in 0..<4 {
            try router.file(
                (0..<50).map { index in
                    let number = batch * 50 + index
                    return Sample.report(
                        Int64(number + 1), condition: conditions[draw.below(5)],
                        micro: draw.below(10) == 0 ? nil : number % 151 + 1,
                        north: number < 151 ? 100 : 800)
                })
        }
        var model = Dictionary(uniqueKeysWithValues: try router.cases().map { ($0.id, $0) })
        let ids = model.keys.sorted()
        #expect(ids.count == 200)
        let powers = Powers(city: router.city)
        var refusals = 0
        for round in 0..<60 {
            router.now = router.now.advanced(bySeconds: Int64(draw.below(600)))
            let requests = (0..<40).map { _ -> CaseRequest in
                let one = model[ids[draw.below(ids.count)]]!  // Every id is in the model.
                return CaseRequest(one.id, draw.action(), by: draw.actor(for: one))
            }
            if draw.below(5) == 0 { router.renew() }
            for (request, outcome) in zip(requests, try router.act(requests)) {
                let id = try #require(CaseReading.caseID(request.caseName))
                let before = try #require(model[id])
                var expected = powers.refusal(of: request.action, by: request.actor, on: before)
                // Nobody here is a node.
                if case .acknowledge = request.action { expected = .notANode }
                switch outcome {
                case .success(let after):
                    #expect(expected == nil, "seed \(seed), round \(round): \(request)")
                    model[id] = after
                case .failure(let refusal):
                    refusals += 1
                    #expect(refusal.slug == expected, "seed \(seed), round \(round): \(request) on \(before)")
                }
            }
        }
        #expect(refusals > 300 && refusals < 2_200, "seed \(seed): \(refusals)")
        #expect(try router.cases() == ids.compactMap { model[$0] }, "seed \(seed)")
        let told = Dictionary(grouping: try router.told(), by: \.after.id)
        for one in model.values {
            try check(one, told: told[one.id] ?? [], seed: seed)
        }
    }

    /// The history is gapless, in order of time, made of steps of the table, and folds to the case; what was published
    /// says the same.
    private func check(_ one: PublicCase, told: [CaseChanged], seed: UInt64) throws {
        let history = try router.history(one.id)
        let comment = "seed \(seed), case \(one.id)"
        #expect(history.map(\.version) == Array(1...one.version), "\(comment)")
        var state: CaseState?
        for step in history {
            let change = try #require(CaseChange(rawValue: step.change))
            #expect(step.from == state?.rawValue, "\(comment)")
            #expect(CaseTable.next(after: state, change: change)?.rawValue == step.to, "\(comment)")
            state = CaseState(rawValue: step.to)
        }
        #expect(state == one.state, "\(comment)")
        #expect(zip(history, history.dropFirst()).allSatisfy { $0.at <= $1.at }, "\(comment)")
        func count(_ change: CaseChange) -> Int { history.count { $0.change == change.rawValue } }
        #expect(one.reports == 1 + count(.merged) && one.returns == count(.returned), "\(comment)")
        #expect(one.reworks == count(.reopened) && one.escalations == count(.escalated), "\(comment)")
        #expect(one.closedAt == history.last { $0.change == "closed" }?.at, "\(comment)")
        #expect(one.dispatchedAt == history.last { $0.change == "dispatched" }?.at, "\(comment)")
        #expect(one.state.isFinal ? one.assignee == nil : true, "\(comment)")
        #expect(told.flatMap { $0.steps.map(\.version) } == Array(1...one.version), "\(comment)")
        #expect(told.flatMap { $0.steps.map(\.change.rawValue) } == history.map(\.change), "\(comment)")
        #expect(told.last?.after == one, "\(comment)")
    }
}

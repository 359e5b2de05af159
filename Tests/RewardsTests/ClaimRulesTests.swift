import City
import Messages
import Testing

@testable import Rewards

@Suite("Which work earns")
struct ClaimRulesTests {
    private static let noon = local("2026-06-03 12:00")

    struct Closing: Sendable, CustomTestStringConvertible {
        var name: String
        var finder: String?
        var handler: String
        var checker = "router"
        var path = Policy.Path.finder
        var assisting: [String] = []
        var onTheSpot = false
        var earns: [String]
        var testDescription: String { name }
    }

    static let closings = [
        Closing(
            name: "found and handled on the spot", finder: "worker-a", handler: "worker-a", onTheSpot: true,
            earns: ["worker-a on-the-spot-handling 3"]),
        Closing(
            name: "found by one, handled by another", finder: "worker-a", handler: "worker-b",
            earns: ["worker-a valid-report 1"]),
        Closing(name: "from the hotline", finder: nil, handler: "worker-a", earns: []),
        Closing(
            name: "handled later by the finder", finder: "worker-a", handler: "worker-a",
            earns: ["worker-a valid-report 1"]),
        Closing(
            name: "closed by a check", finder: "worker-a", handler: "worker-b", checker: "checker",
            earns: ["worker-a valid-report 1", "checker closing-check 1"]),
        Closing(
            name: "checked by the handler", finder: nil, handler: "worker-b", checker: "worker-b", earns: []),
        Closing(
            name: "reported up", finder: "worker-a", handler: "brigade", path: .reportUp,
            assisting: ["leader-1", "worker-b", "leader-1"],
            earns: ["worker-a valid-report 1", "leader-1 joint-handling 4", "worker-b joint-handling 4"]),
        Closing(
            name: "assisting without being reported up", finder: nil, handler: "worker-a", assisting: ["leader-1"],
            earns: []),
        Closing(
            name: "posts of units and unknown posts", finder: "brigade", handler: "nobody", checker: "stranger",
            path: .reportUp, assisting: ["brigade"], earns: []),
    ]

    @Test(arguments: closings)
    func closing(_ closing: Closing) throws {
        var story = CaseStory(1, finder: closing.finder, path: closing.path, assisting: closing.assisting)
        let change =
            closing.onTheSpot
            ? story.closeOnTheSpot(at: Self.noon)
            : story.close(handler: closing.handler, checker: closing.checker, at: Self.noon)
        let work = ClaimRules.earned(by: change, city: try SampleCity.make())
        #expect(work.map { "\($0.key.owner) \($0.key.kind) \($0.points)" } == closing.earns)
    }

    @Test("Only kinds the tariff names, `handling` among them")
    func tariff() throws {
        let city = try SampleCity.make { $0.tariff.rates = [SampleCity.rate("handling", 2, cap: 4)] }
        var story = CaseStory(1, finder: "worker-a")
        let work = ClaimRules.earned(
            by: story.close(handler: "worker-b", checker: "checker", at: Self.noon), city: city)
        #expect(work.map(\.key.kind) == ["handling"])
        #expect(work.map(\.key.owner) == [PostCode("worker-b")])
    }

    @Test("Only the message that closes earns, not one of a closed case")
    func onlyClosing() throws {
        let city = try SampleCity.make()
        var story = CaseStory(1, finder: "worker-a")
        #expect(!ClaimRules.earned(by: story.close(handler: "worker-b", at: Self.noon), city: city).isEmpty)
        let merged = story.steps([(.merged, .closed)], at: Self.noon, by: "router")
        #expect(ClaimRules.earned(by: merged, city: city).isEmpty)
        #expect(ClaimRules.earned(by: story.reopen(at: Self.noon), city: city).isEmpty)
    }

    @Test("The day is the city's", arguments: [("2026-06-03 23:59", "2026-06-03"), ("2026-06-04 00:00", "2026-06-04")])
    func localDay(at: String, day: String) throws {
        var story = CaseStory(1, finder: "worker-a")
        let work = ClaimRules.earned(by: story.closeOnTheSpot(at: local(at)), city: try SampleCity.make())
        #expect(work.map(\.day.iso8601) == [day])
    }

    @Test(
        "The reviewer sits above the grid where the work was done",
        arguments: [("A", 2, "C1"), ("D", 2, "C2"), ("A", 1, "S"), ("A", 9, "C1"), ("C1", 2, "S"), ("S", 2, "S")])
    func reviewGrid(grid: String, level: Int, seat: String) throws {
        let city = try SampleCity.make { $0.tariff.reviewerLevel = level }
        #expect(ClaimRules.reviewGrid(of: GridCode(grid), city: city) == GridCode(seat))
        #expect(ClaimRules.reviewGrid(of: nil, city: city) == GridCode("S"))
        #expect(ClaimRules.reviewGrid(of: GridCode("gone"), city: city) == GridCode("S"))
    }

    @Test("What takes claims back")
    func withdrawal() {
        var story = CaseStory(1, finder: "worker-a")
        #expect(ClaimRules.withdrawal(by: story.close(handler: "worker-b", at: Self.noon)) == nil)
        #expect(
            ClaimRules.withdrawal(by: story.reopen(at: Self.noon)) == .init(caseVersion: 3, reason: "case-reopened"))
        #expect(ClaimRules.withdrawal(by: story.void(at: Self.noon)) == .init(caseVersion: 4, reason: "case-voided"))
        var other = CaseStory(2, finder: nil)
        _ = other.close(handler: "worker-b", at: Self.noon)
        let twice = other.steps(
            [(.reopened, .handling), (.handled, .handled), (.closed, .closed)], at: Self.noon, by: "checker")
        #expect(ClaimRules.withdrawal(by: twice)?.caseVersion == 3)
    }
}

import City
import EventLog
import Messages
import NIOCore
import Postgres
import Testing

@testable import Analytics

@Suite("Feed")
struct FeedTests {
    typealias Step = CaseChanged.Step

    private static func changed(
        _ steps: [(CaseChange, CaseState)], from version: Int = 1, id: Int64 = 1, grid: String? = "S-A-1"
    ) -> CaseChanged {
        var now = Story.publicCase(id, reportedAt: Story.start)
        now.version = version + steps.count - 1
        now.state = steps.last?.1 ?? now.state
        now.grid = grid.map { GridCode($0) }
        now.title = "<b>title</b> \(id)"
        let told = steps.enumerated().map { index, step in
            Step(
                version: version + index, change: step.0, from: nil, to: step.1,
                at: Story.start.advanced(bySeconds: Int64(version + index)), by: "router")
        }
        return CaseChanged(steps: told, after: now, report: nil)
    }

    @Test(
        "What is told of a message",
        arguments: [
            ([.filed, .dispatched], 0, "filed dispatched"),
            ([.filed, .handledOnTheSpot, .closed], 0, "filed handled"),
            ([.handled, .closed], 0, "handled closed"),
            ([.filed, .dispatched], 1, "dispatched"),
            ([.filed, .dispatched], 2, ""),
            ([.received], 0, ""),
            ([.received, .located, .dispatched], 0, "filed dispatched"),
            ([.reopened], 0, "returned"),
            ([.declined], 0, "closed"),
            ([.commanded, .acknowledged], 0, "command"),
            ([.started, .merged, .escalated, .voided], 0, "merged escalated closed"),
        ] as [([CaseChange], Int, String)])
    func lines(changes: [CaseChange], known: Int, expected: String) {
        let lines = FeedLine.lines(of: Self.changed(changes.map { ($0, .filed) }), after: known)
        #expect(lines.map(\.change.rawValue).joined(separator: " ") == expected)
    }

    @Test("A batch tells its newest lines, each case as it ends")
    func digest() {
        let first = Self.changed([(.filed, .filed)])
        let second = Self.changed([(.dispatched, .dispatched)], from: 2)
        let digest = CaseDigest([first, second, first], known: [:])
        #expect(digest.cases == [second.after])
        #expect(digest.lines.map(\.change) == [.filed, .dispatched])
        #expect(CaseDigest([first, second], known: [CaseID(1): 2]).cases.isEmpty)
        let many = (1...300).map { Self.changed([(.filed, .filed)], id: $0) }
        #expect(CaseDigest(many, known: [:]).lines.count == CaseDigest.mostLines)
        #expect(CaseDigest(many, known: [:]).cases.count == 300)
    }

    @Test("Lines are read with their case, warnings with its title")
    func items() throws {
        let facts = try Facts()
        try facts.deliver([.change(Self.changed([(.filed, .filed), (.dispatched, .dispatched)]))])
        let at = Story.start.advanced(bySeconds: 100)
        try facts.deliver([
            .mark(Story.fired(CaseID(1), .accept, .yellow, version: 2, at: at)),
            .mark(Story.fired(CaseID(1), .accept, .breach, version: 2, at: at.advanced(bySeconds: 9))),
        ])
        // Told twice, shown once.
        try facts.deliver([.mark(Story.fired(CaseID(1), .accept, .yellow, version: 2, at: at))])
        let items = try facts.feed()
        #expect(Set(items.map(\.change)) == ["filed", "dispatched", "warned", "breached"])
        #expect(items.map(\.id) == items.map(\.id).sorted())
        #expect(items.allSatisfy { $0.title == "<b>title</b> 1" && $0.number == "SMP-1" })
        let warned = try #require(items.first { $0.change == "warned" })
        #expect(warned.colour == "yellow")
        #expect(warned.state == "dispatched")
        #expect(warned.at == at.advanced(bySeconds: 61))
        #expect(try facts.feed(after: items[1].id, limit: 1).map(\.id) == [items[3].id])
    }

    @Test("A warning is shown once its case is known")
    func early() throws {
        let facts = try Facts()
        try facts.deliver([.mark(Story.fired(CaseID(1), .dispatch, .red, version: 1, at: Story.start))])
        #expect(try facts.feed().isEmpty)
        try facts.deliver([.change(Self.changed([(.filed, .filed)]))])
        #expect(try facts.feed().map(\.change) == ["warned", "filed"])
    }

    @Test("The feed can be narrowed to grids")
    func grids() throws {
        let facts = try Facts()
        for (id, grid) in [(1, "S-A-1"), (2, "S-A-2"), (3, "S-B"), (4, nil)] as [(Int64, String?)] {
            try facts.deliver([.change(Self.changed([(.filed, .filed)], id: id, grid: grid))])
        }
        #expect(try facts.feed(grids: facts.city.grids(inside: GridCode("S-A")).map(\.code)).count == 2)
        #expect(try facts.feed().count == 4)
    }

    @Test("Old lines are deleted a minute after something was told")
    func prune() throws {
        let facts = try Facts()
        let lane = facts.lane(.cases)
        #expect(lane.nextTick == nil)
        let now = Story.start.advanced(bySeconds: 40 * 86_400)
        try facts.deliver([.change(Self.changed([(.filed, .filed)]))], now: now)
        #expect(lane.nextTick == now.advanced(bySeconds: 60))
        try facts.session.transaction { transaction in
            var output = LaneOutput()
            try lane.tick(now: now.advanced(bySeconds: 60), in: transaction, output: &output)
        }
        #expect(lane.nextTick == nil)
        #expect(try facts.feed().isEmpty)
        #expect(try facts.session.query("SELECT count(*) FROM analytics.case_fact").decode(Int64.self) == [1])
    }

    @Test("An item is written as the page reads it")
    func json() throws {
        let facts = try Facts()
        try facts.deliver([.change(Self.changed([(.filed, .filed)]))])
        let item = try #require(facts.feed().first)
        var writer = JSONWriter()
        item.write(to: &writer, city: facts.city)
        let text = String(decoding: writer.bytes, as: UTF8.self)
        let expected = """
            {"id":1,"at":"2025-10-31T16:00:01Z","case":"SMP-1","change":"filed","state":"filed","severity":"general",\
            "path":"finder","category":{"zh":"小类C0101","en":"Category C0101"},\
            "grid":{"code":"S-A-1","zh":"网格S-A-1","en":"Grid S-A-1"},"title":"<b>title</b> 1","lon":103.905,"lat":30.51}
            """
        #expect(text == expected)
        let event = ServerSentEvent.bytes("feed", json: writer.bytes)
        #expect(String(buffer: event) == "event: feed\ndata: \(text)\n\n")
    }
}

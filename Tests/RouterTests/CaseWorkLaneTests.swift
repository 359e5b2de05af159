import City
import Messages
import Postgres
import Testing

@testable import Router

@Suite("Working on cases")
struct CaseWorkLaneTests {
    let router: RouterHarness
    private let id = CaseID(1_000)
    private let worker = Sample.actor("GW-M001", in: "M001")
    private let dispatcher = Sample.actor("DP1", roles: ["dispatcher"], in: "R")
    private let checker = Sample.actor("CK-C01", roles: ["closing-checker"], in: "C01")

    init() async throws {
        router = try await RouterHarness()
        try router.file([Sample.report(1), Sample.report(2, condition: "E0401-1", micro: 20)])
    }

    private func minute(_ minutes: Int64) -> Timestamp { Sample.morning.advanced(bySeconds: minutes * 60) }

    @Test("An action is stored, its history too, and it is told with the caller's trace")
    func accept() throws {
        router.now = minute(5)
        let before = router.published.count
        let after = try router.act([CaseRequest(id, .accept, by: worker)])[0].get()
        #expect(after.state == .accepted && after.acceptedAt == minute(5) && after.version == 3)
        #expect(try router.cases()[0] == after)
        let step = try #require(try router.history(id).last)
        #expect(step.by == "GW-M001" && step.at == minute(5) && step.from == "dispatched" && step.version == 3)
        let told = try router.told().dropFirst(before)
        #expect(told.map(\.after) == [after] && told.map(\.report) == [nil])
        #expect(router.published.last?.traceparent == "00-act" && router.published.last?.time == minute(5))
    }

    @Test("A case is named by its number or its id, and by nothing else")
    func names() throws {
        for name in ["SMP-20251103-1000", "1000"] {
            let found = try CaseReading.find(name, session: router.session)
            #expect(found?.id == id)
        }
        for name in ["SMP-20251104-1000", "XXX-20251103-1000", "-1000", "01000", "999", "", "x", "SMP-20251103-"] {
            #expect(try CaseReading.find(name, session: router.session) == nil, "\(name)")
            var request = CaseRequest(id, .accept, by: worker)
            request.caseName = name
            #expect(try router.act([request])[0].refusal == CaseRefusal(.noSuchCase), "\(name)")
        }
    }

    @Test("Actions of one batch see each other, in order; a refused one leaves nothing")
    func batch() throws {
        router.now = minute(5)
        let outcomes = try router.act([
            CaseRequest(id, .accept, by: worker), CaseRequest(id, .accept, by: worker),
            CaseRequest(id, .start, by: worker), CaseRequest(id, .sendBack(reason: " "), by: worker),
            CaseRequest(id, .handle(note: "swept", evidence: []), by: worker),
            CaseRequest(id, .check(passed: true, reason: nil), by: checker),
        ])
        #expect(outcomes.map(\.refusal?.slug) == [nil, .notNow, nil, .reasonMissing, nil, nil])
        #expect(
            try router.steps(id) == [
                "filed:filed", "dispatched:dispatched", "accepted:accepted", "started:handling", "handled:handled",
                "closed:closed",
            ])
        let told = try #require(try router.told().last)
        #expect(told.steps.map(\.version) == [3, 4, 5, 6] && told.after.state == .closed && told.after.assignee == nil)
    }

    @Test("Requests of several people are answered apart")
    func grouped() throws {
        let answers = try router.act(grouped: [
            [CaseRequest(id, .accept, by: worker)], [],
            [CaseRequest(CaseID(5), .accept, by: worker), CaseRequest(id, .start, by: worker)],
        ])
        #expect(answers.map(\.count) == [1, 0, 2])
        #expect(answers[2].map(\.refusal?.slug) == [.noSuchCase, nil])
    }

    @Test("Who saw another version is told so, and may look again")
    func versions() throws {
        let requests = [
            CaseRequest(id, .accept, by: worker, expecting: 1), CaseRequest(id, .accept, by: worker, expecting: 2),
            CaseRequest(id, .start, by: worker, expecting: 2), CaseRequest(id, .start, by: worker, expecting: 3),
        ]
        let outcomes = try router.act(requests)
        #expect(outcomes.map(\.refusal?.slug) == [.otherVersion, nil, .otherVersion, nil])
        #expect(outcomes[0].refusal?.state == .dispatched)
    }

    // MARK: Repeats

    /// A life in which every action occurs, with the moment each was done.
    private func life() -> [CaseRequest] {
        [
            CaseRequest(id, .accept, by: worker, at: minute(1)),
            CaseRequest(id, .sendBack(reason: "not ours"), by: worker, at: minute(2)),
            CaseRequest(id, .dispatch(to: PostCode("GW-M001"), reason: "it is"), by: dispatcher, at: minute(3)),
            CaseRequest(id, .accept, by: worker, at: minute(4)), CaseRequest(id, .start, by: worker, at: minute(5)),
            CaseRequest(id, .handle(note: "swept", evidence: []), by: worker, at: minute(6)),
            CaseRequest(id, .check(passed: false, reason: "dirty"), by: checker, at: minute(7)),
            CaseRequest(id, .handle(note: "swept", evidence: []), by: worker, at: minute(8)),
            CaseRequest(id, .check(passed: true, reason: nil), by: checker, at: minute(9)),
        ]
    }

    @Test("An action sent again with the moment it was done succeeds again and is done once, also much later")
    func idempotent() throws {
        router.now = minute(60)
        for request in life() {
            let after = try router.act([request])[0].get()
            #expect(try router.act([request])[0].get() == after)
            // In the same batch, and by a new owner of the lane.
            router.renew()
            #expect(try router.act([request, request]).map { try $0.get() } == [after, after])
        }
        let versions = try router.history(id).map(\.version)
        #expect(versions == Array(1...11))
        // The whole life once more, out of its order.
        let end = try router.cases()[0]
        #expect(try router.act(life().reversed()).map { try $0.get() } == Array(repeating: end, count: 9))
        #expect(try router.history(id).count == 11)
    }

    @Test("A repeat is known by its first occurrence inside the same batch")
    func idempotentBatch() throws {
        router.now = minute(60)
        let doubled = life().flatMap { [$0, $0] }
        #expect(try router.act(doubled).allSatisfy { $0.refusal == nil })
        #expect(try router.history(id).count == 11)
    }

    @Test("The same moment by somebody else, or to another end, is no repeat")
    func noRepeat() throws {
        router.now = minute(60)
        try router.act([CaseRequest(id, .accept, by: worker, at: minute(1))])
        let stranger = Sample.actor("GW-M002", in: "M002")
        #expect(try router.act([CaseRequest(id, .accept, by: stranger, at: minute(1))])[0].refusal?.slug == .notYours)
        try router.act([CaseRequest(id, .sendBack(reason: "no"), by: worker, at: minute(2))])
        #expect(
            try router.act([CaseRequest(id, .sendBack(reason: "no"), by: stranger, at: minute(2))])[0].refusal?.slug
                == .notYours)
        let first = CaseRequest(id, .dispatch(to: PostCode("BG-B01"), reason: "squad"), by: dispatcher, at: minute(3))
        try router.act([first])
        let other = CaseRequest(id, .dispatch(to: PostCode("GW-M001"), reason: "squad"), by: dispatcher, at: minute(3))
        #expect(try router.act([other])[0].get().assignee == PostCode("GW-M001"))
        #expect(try router.act([first])[0].get().assignee == PostCode("GW-M001"))
        #expect(try router.history(id).count == 6)
    }

    // MARK: Commands

    @Test("A command waits for the receipt of each of its 178 + N nodes; each counts once")
    func command() throws {
        let command = CaseID(1_001)
        let nodes = Routing.nodes(city: router.city)
        #expect(try router.steps(command) == ["filed:filed", "dispatched:dispatched", "commanded:dispatched"])
        var receipts = try CaseReading.receipts(command, session: router.session)
        #expect(receipts.map(\.node) == nodes.sorted() && receipts.count == 178 + 65)
        #expect(receipts.allSatisfy { $0.issuedAt == Sample.morning && $0.acknowledgedAt == nil })

        router.now = minute(3)
        let requests = nodes.map { node -> CaseRequest in
            // A unit acknowledges through whoever serves in it.
            let post = router.city.profile.posts.first { $0.code.rawValue == node || $0.unit?.rawValue == node }
            return CaseRequest(command, .acknowledge(node: node), by: Sample.actor(post?.code.rawValue ?? "nobody"))
        }
        #expect(try router.act(requests.dropLast()).allSatisfy { $0.refusal == nil })
        receipts = try CaseReading.receipts(command, session: router.session)
        #expect(receipts.count { $0.acknowledgedAt == minute(3) } == nodes.count - 1)
        #expect(receipts.filter { $0.acknowledgedAt == nil }.map(\.node) == [nodes.last])

        router.now = minute(4)
        #expect(try router.act(requests + requests).allSatisfy { $0.refusal == nil })
        receipts = try CaseReading.receipts(command, session: router.session)
        #expect(receipts.count { $0.acknowledgedAt == minute(3) } == nodes.count - 1)
        let history = try router.history(command)
        #expect(history.count { $0.change == "acknowledged" } == nodes.count)
        #expect(history.map(\.version) == Array(1...3 + nodes.count))
        #expect(Set(history.dropFirst(3).map(\.by)) == Set(nodes))
        #expect(try router.cases()[1].state == .dispatched)
    }

    @Test("Who is no node of a command acknowledges nothing and sees nothing")
    func notANode() throws {
        let strangers = [
            CaseRequest(CaseID(1_001), .acknowledge(node: "GW-M001"), by: worker),
            CaseRequest(CaseID(1_001), .acknowledge(node: "GL-M001"), by: worker),
            CaseRequest(CaseID(1_001), .acknowledge(node: "UNIT-02"), by: Sample.actor("UL-1")),
            // A case that is no command, by somebody who would be a node.
            CaseRequest(id, .acknowledge(node: "GL-M001"), by: Sample.actor("GL-M001")),
        ]
        #expect(try router.act(strangers).map(\.refusal?.slug) == [.notANode, .notANode, .notANode, .notANode])
        #expect(try router.count("routing.history") == 5)
    }

    @Test("A command that was located at the manual desk is issued then")
    func locatedCommand() throws {
        try router.file([Sample.report(3, condition: "E0401-1", micro: nil)])
        let waiting = CaseID(1_002)
        #expect(try CaseReading.receipts(waiting, session: router.session).isEmpty)
        router.now = minute(10)
        try router.act([CaseRequest(waiting, .locate(grid: GridCode("M005")), by: dispatcher)])
        #expect(try CaseReading.receipts(waiting, session: router.session).count == 243)
    }

    // MARK: Worklists

    @Test("A post's worklist holds what it must act on, oldest first, in pages")
    func worklist() throws {
        try router.file((10..<20).map { Sample.report($0, north: Double($0) * 50) })
        func page(after: Int64, limit: Int) throws -> [CaseID] {
            try CaseReading.worklist(PostCode("GW-M001"), after: CaseID(after), limit: limit, session: router.session)
                .map {
                    try PublicCase(json: JSONDocument($0).root).id
                }
        }
        let all = try page(after: 0, limit: 100)
        #expect(all.count == 11 && all == all.sorted())
        #expect(
            try page(after: 0, limit: 4) == Array(all[..<4]) && page(after: all[3].value, limit: 4) == Array(all[4..<8])
        )
        router.now = minute(1)
        try router.act([CaseRequest(all[0], .void(reason: "test"), by: dispatcher)])
        #expect(try page(after: 0, limit: 100) == Array(all[1...]))
    }
}

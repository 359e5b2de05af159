import City
import Foundation
import Messages
import TestSupport
import Testing

/// Message kinds, by name, and how to make and read one.
struct MessageKind: Sendable, CustomTestStringConvertible {
    var type: String
    var make: @Sendable (inout RandomMessages) -> any MessageBody
    /// Reads a payload and writes it again.
    var rewrite: @Sendable ([UInt8]) throws -> [UInt8]
    /// Whether a body comes back equal.
    var survives: @Sendable (any MessageBody) throws -> Bool

    var testDescription: String { type }

    private static func kind<Body: MessageBody & Hashable>(
        _ make: @escaping @Sendable (inout RandomMessages) -> Body
    ) -> MessageKind {
        MessageKind(
            type: Body.type, make: { make(&$0) }, rewrite: { try Body(json: JSONDocument($0).root).payload },
            survives: { try Body(json: JSONDocument($0.payload).root) == $0 as? Body })
    }

    static let all = [
        kind { $0.reportAccepted() }, kind { $0.reportRejected() }, kind { $0.outcomeReported() },
        kind { $0.caseChanged() }, kind { $0.clockFired() }, kind { $0.pointsChanged() },
    ]
}

@Suite("Message kinds")
struct MessageTests {
    @Test("Random messages of each kind come back equal", arguments: MessageKind.all)
    func roundTrip(kind: MessageKind) throws {
        let seed = freshSeed(kind.type)
        var random = RandomMessages(seed: seed)
        for round in 0..<2_000 {
            let body = kind.make(&random)
            #expect(try kind.survives(body), "seed \(seed), round \(round): \(body)")
        }
    }

    @Test("The fixture of each kind is read, and written again as it stands", arguments: MessageKind.all)
    func fixtures(kind: MessageKind) throws {
        let fixture = try Repository.fixture(kind.type)
        let written = try kind.rewrite(fixture)
        // Foundation compares content: spacing and order of keys do not matter.
        let expected = try #require(JSONSerialization.jsonObject(with: Data(fixture)) as? NSDictionary)
        #expect(try JSONSerialization.jsonObject(with: Data(written)) as? NSDictionary == expected)
    }

    @Test("Members added by a later version are passed over", arguments: MessageKind.all)
    func unknownMembers(kind: MessageKind) throws {
        let fixture = try Repository.fixture(kind.type)
        let end = try #require(fixture.lastIndex(of: UInt8(ascii: "}")))
        let extended = fixture[..<end] + Array(",\"later\":{\"a\":[1,null]}}".utf8)
        #expect(try kind.rewrite(Array(extended)) == kind.rewrite(fixture))
    }

    @Test(
        "Each member that is missing or of another type is refused by name or may be absent", arguments: MessageKind.all
    )
    func damagedMembers(kind: MessageKind) throws {
        let members = try JSONDocument(Repository.fixture(kind.type)).root.members
        for (damaged, _) in members {
            for replacement in [nil, "null", "{}", "[[]]", "1e99", "\"\u{1F600}\""] as [String?] {
                var writer = JSONWriter()
                writer.object { writer in
                    for (key, value) in members {
                        if key == damaged, replacement == nil { continue }
                        writer.key(dynamic: key)
                        if key == damaged {
                            writer.raw(json: (replacement ?? "").utf8)
                        } else {
                            writer.raw(json: value.rawBytes)
                        }
                    }
                }
                do {
                    _ = try kind.rewrite(writer.bytes)
                } catch let fault as MessageFault {
                    #expect(!fault.reason.contains("\u{1F600}"), "a reason never quotes content")
                } catch {
                    Issue.record("\(damaged) = \(replacement ?? "absent"): \(error)")
                }
            }
        }
    }

    @Test("What is required and missing is named")
    func missing() throws {
        let faults: [(String, any MessageBody.Type, String)] = [
            ("{}", ReportAccepted.self, "id is missing"),
            ("{\"id\":\"1\"}", ReportAccepted.self, "id has the wrong type"),
            ("{\"id\":1.5}", ReportRejected.self, "id has the wrong type"),
            ("{\"steps\":{}}", CaseChanged.self, "steps is not an array"),
            ("{\"steps\":[]}", CaseChanged.self, "case is missing"),
            ("{\"case\":1,\"kind\":\"lunch\"}", ClockFired.self, "kind has an unknown value"),
            ("{\"case\":1,\"kind\":\"accept\",\"version\":-1}", ClockFired.self, "version is out of range"),
            ("{\"case\":1,\"kind\":\"accept\",\"version\":2147483648}", ClockFired.self, "version is out of range"),
            ("[]", PointsChanged.self, "transfer is missing"),
        ]
        for (text, type, reason) in faults {
            let root = try JSONDocument(Array(text.utf8)).root
            #expect(throws: MessageFault(reason: reason), "\(text)") { try type.init(json: root) }
        }
    }

    @Test("Steps must lead to the case they carry")
    func stepsLeadToCase() throws {
        var random = RandomMessages(seed: 1)
        for change in [
            { $0.after.version += 1 }, { $0.after.state = $0.after.state == .closed ? .void : .closed },
            { $0.steps = [] },
        ]
            as [(inout CaseChanged) -> Void]
        {
            var body = random.caseChanged()
            change(&body)
            #expect(throws: MessageFault(reason: "steps do not lead to the case")) {
                try CaseChanged(json: JSONDocument(body.payload).root)
            }
        }
    }

    @Test("A notice of a case says what the whole change says")
    func notice() throws {
        var random = RandomMessages(seed: freshSeed("notices"))
        for _ in 0..<200 {
            let body = random.caseChanged()
            let notice = try CaseNotice(json: JSONDocument(body.payload).root)
            #expect(notice.id == body.after.id && notice.number == body.after.number)
            #expect(notice.version == body.after.version && notice.state == body.after.state)
            #expect(notice.onTheSpot == body.after.onTheSpot && notice.report == body.report)
            #expect(notice.passages.map(\.from) == body.steps.map(\.from))
            #expect(notice.passages.map(\.to) == body.steps.map(\.to) && notice.changedAt == body.steps.last?.at)
            var broken = body
            broken.after.version += 1
            #expect(throws: MessageFault(reason: "steps do not lead to the case")) {
                try CaseNotice(json: JSONDocument(broken.payload).root)
            }
        }
    }

    @Test("A message is decoded as what its type says, and as nothing else")
    func envelope() throws {
        var random = RandomMessages(seed: 2)
        let body = random.clockFired()
        let outgoing = OutgoingMessage(
            body, on: .clocks, key: "7", subject: "7", time: Timestamp(seconds: 0), traceparent: "t")
        #expect(outgoing.type == "wangge.clock.fired.v1" && outgoing.payload == body.payload)
        var message = Message(
            topic: .clocks, partition: 3, offset: 9, key: "7", subject: "7", type: outgoing.type, source: "sla-watcher",
            time: outgoing.time, producer: 4, number: 12, payload: outgoing.payload)
        #expect(try message.decode(ClockFired.self) == body)
        #expect(message.id == "4-clocks-3-12")
        #expect(throws: MessageFault(reason: "expected type wangge.points.changed.v1")) {
            try message.decode(PointsChanged.self)
        }
        message.payload = Array("{\"case\":1,\"case\":2}".utf8)
        #expect(throws: MessageFault(reason: "payload is not JSON: duplicate-key at byte 11")) {
            try message.decode(ClockFired.self)
        }
        message.foreignID = "outside"
        #expect(message.id == "outside")
    }

    @Test("Final states are those nothing more is expected in")
    func finalStates() {
        #expect(CaseState.allCases.filter(\.isFinal) == [.closed, .declined, .void])
    }
}

@Suite("Topics")
struct TopicTests {
    @Test("Every consumed topic has one for dead letters; outcomes are only produced")
    func all() {
        let names = Topic.all(sources: ["patrol"]).map(\.name)
        #expect(
            names == [
                "reports", "rejected", "cases", "clocks", "points", "inbound.patrol", "reports.dead", "rejected.dead",
                "cases.dead", "clocks.dead", "points.dead", "inbound.patrol.dead", "outcomes.patrol",
            ])
        #expect(Topic.core.map(\.name) == ["reports", "rejected", "cases", "clocks", "points"])
        #expect(Topic.cases < Topic.clocks && "\(Topic.outcomes("a"))" == "outcomes.a")
    }
}

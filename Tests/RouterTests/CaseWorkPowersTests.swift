import City
import Messages
import Testing

@testable import Router

@Suite("Who may do what to a case")
struct CaseWorkPowersTests {
    let city: City

    init() throws { city = try StreetCity.make() }

    static let actions: [CaseAction] = [
        .accept, .start, .sendBack(reason: "not ours"), .handle(note: "done", evidence: ["a.jpg"]),
        .check(passed: true, reason: nil), .check(passed: false, reason: "not clean"),
        .dispatch(to: PostCode("BG-B01"), reason: "theirs"), .decline(reason: "no matter"), .void(reason: "a test"),
        .locate(grid: GridCode("M003")), .acknowledge(node: "GL-M001"), .acknowledge(node: "UNIT-07"),
    ]

    /// Posts, with roles and jurisdictions that fit, partly fit, or do not.
    static let actors: [Actor] = [
        Sample.actor("GW-M001", roles: ["grid-worker"], in: "M001"),
        Sample.actor("GL-M001", roles: ["grid-leader"], in: "M001"),
        Sample.actor("GW-M002", roles: ["grid-worker"], in: "M002"),
        Sample.actor("DP1", roles: ["dispatcher"], in: "R"),
        Sample.actor("DP2", roles: ["dispatcher"], in: "B02"),
        Sample.actor("DP2", roles: ["dispatcher"], in: "B02", "C01"),
        Sample.actor("DP3", roles: ["dispatcher"]), Sample.actor("CK-C01", roles: ["closing-checker"], in: "C01"),
        Sample.actor("CK", roles: ["closing-checker"], in: "C02"),
        Sample.actor("CK", roles: ["closing-checker"], in: "unknown"),
        Sample.actor("GW-M001", roles: ["closing-checker", "dispatcher"], in: "R"),
        Sample.actor("UL-7", roles: ["unit-liaison"]),
        Sample.actor("SL", roles: ["street-leader"], in: "R"), Sample.actor("stranger"),
    ]

    @Test(
        "Every action by every actor in every state, compared with the rules written plainly",
        arguments: CaseState.allCases)
    func matrix(state: CaseState) {
        let rules = CaseWork(city: city)
        let powers = Powers(city: city)
        let now = Sample.morning.advanced(bySeconds: 60)
        for handler in [nil, "GW-M001", "CK-C01"] {
            for action in Self.actions {
                for actor in Self.actors {
                    var work = Sample.working(state, handler: handler)
                    let before = work.now
                    let expected = powers.refusal(of: action, by: actor, on: before)
                    let what = "\(action.slug) by \(actor.post) \(actor.roles) in \(actor.jurisdiction)"
                    do throws(CaseRefusal) {
                        try rules.apply(action, by: actor, at: now, now: now, to: &work)
                        #expect(expected == nil, "\(what) was allowed")
                        #expect(work.now.version > before.version)
                    } catch {
                        #expect(error.slug == expected, "\(what)")
                        #expect(error.state == state && work.steps.isEmpty)
                    }
                }
            }
        }
    }

    @Test("Each action can succeed and each refusal occurs, so that the comparison means something")
    func meaning() {
        let powers = Powers(city: city)
        var succeeded: Set<String> = []
        var refused: Set<CaseRefusal.Slug> = []
        for state in CaseState.allCases {
            for action in Self.actions {
                for actor in Self.actors {
                    let refusal = powers.refusal(of: action, by: actor, on: Sample.publicCase(state, handler: "CK-C01"))
                    if let refusal { refused.insert(refusal) } else { succeeded.insert(action.slug) }
                }
            }
        }
        #expect(succeeded.count == 10)
        #expect(refused == [.notYours, .wrongRole, .outsideJurisdiction, .notANode, .notNow])
    }

    @Test("A case is seen by those on it and by those above its place")
    func maySee() {
        let rules = CaseWork(city: city)
        let one = Sample.publicCase(.handled, handler: "BG-B01")
        let seeing = [
            Sample.actor("GW-M001"), Sample.actor("GL-M001"), Sample.actor("BG-B01"), Sample.actor("x", in: "M001"),
            Sample.actor("x", in: "C01"), Sample.actor("x", in: "R"), Sample.actor("x", in: "B02", "B01"),
        ]
        let blind = [
            Sample.actor("x"), Sample.actor("x", in: "M002"), Sample.actor("x", in: "B02"),
            Sample.actor("DP1", roles: ["dispatcher"]),
        ]
        #expect(seeing.allSatisfy { rules.maySee(one, actor: $0) })
        #expect(!blind.contains { rules.maySee(one, actor: $0) })
        // What has no place yet is the root's.
        let unlocated = Sample.publicCase(.reported)
        #expect(rules.maySee(unlocated, actor: Sample.actor("x", in: "R")))
        #expect(!rules.maySee(unlocated, actor: Sample.actor("x", in: "B01")))
    }
}

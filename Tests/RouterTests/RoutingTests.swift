import City
import Messages
import Testing

@testable import Router

@Suite("Who must handle it")
struct RoutingTests {
    let city: City

    init() throws { city = try StreetCity.make() }

    private func route(
        _ condition: String, source: String = "hotline", grid: String = "M001", finder: String? = nil,
        in city: City? = nil
    ) throws -> Routing.Result {
        let city = city ?? self.city
        return Routing.route(
            condition: try #require(city.condition(ConditionCode(condition))), source: SourceCode(source),
            grid: GridCode(grid), finder: finder.map { PostCode($0) }, city: city)
    }

    @Test(
        "Each rule of the policy names its path, its lead and who assists",
        arguments: [
            ("E0401-1", "M001", Policy.Path.command, "CMD", ["SL"], "major-command"),
            ("E0401-1", "M151", .command, "CMD", ["SL"], "major-command"),
            ("S0101-1", "M001", .reportUp, "CL-C01", [], "larger-social"),
            ("S0101-1", "M151", .reportUp, "CL-C16", [], "larger-social"),
            ("C0101-1", "M001", .reportUp, "BG-B01", [], "larger-report-up"),
            ("C0101-1", "M151", .reportUp, "BG-B11", [], "larger-report-up"),
            ("C0101-2", "M077", .finder, "GW-M077", [], "general-finder"),
            // A grid that is not divided further down begins with its own level and goes up.
            ("C0101-1", "B03", .reportUp, "BG-B03", [], "larger-report-up"),
        ])
    func rules(
        condition: String, grid: String, path: Policy.Path, lead: String, assisting: [String], rule: String
    ) throws {
        let routed = try route(condition, grid: grid)
        #expect(routed.path == path && routed.lead == PostCode(lead))
        #expect(routed.assisting == assisting.map { PostCode($0) })
        #expect(routed.decision.rule == rule && routed.decision.policyVersion == 1)
    }

    @Test("The finder handles a general matter, if he serves in the grid or above it")
    func finder() throws {
        #expect(try route("C0101-2", finder: "GL-M001").lead == PostCode("GL-M001"))
        #expect(try route("C0101-2", finder: "CL-C01").lead == PostCode("CL-C01"))
        #expect(try route("C0101-2", finder: "SL").lead == PostCode("SL"))
        // Another grid's worker found it: the grid's own handles it.
        #expect(try route("C0101-2", finder: "GW-M002").lead == PostCode("GW-M001"))
        #expect(try route("C0101-2", finder: "nobody").lead == PostCode("GW-M001"))
        // On the other paths the finder does not matter.
        #expect(try route("C0101-1", finder: "GL-M001").lead == PostCode("BG-B01"))
    }

    @Test("The decision says what was looked at and found, and nothing of the content")
    func decision() throws {
        let decision = try route("C0101-1", source: "patrol", finder: "GW-M001").decision
        #expect(
            decision.inputs
                == "condition=C0101-1 severity=larger source=patrol grid=M001 finder=GW-M001 role=brigade level=2 lead=BG-B01"
        )
        #expect(try route("C0101-1").decision.inputs.contains("finder") == false)
    }

    @Test("The first rule whose conditions all hold decides: severity, category and source")
    func order() throws {
        let city = try StreetCity.make { profile in
            var rule = StreetCity.rules[3]
            rule.id = "patrol-manholes"
            rule.severities = [.general]
            rule.categoryPrefixes = ["C01", "X"]
            rule.sources = [SourceCode("patrol")]
            rule.leadRole = "grid-leader"
            rule.assistingRoles = ["community-leader", "grid-leader", "nobody-has-this"]
            profile.policy.rules.insert(rule, at: 0)
        }
        let routed = try route("C0101-2", source: "patrol", in: city)
        #expect(routed.decision.rule == "patrol-manholes" && routed.lead == PostCode("GL-M001"))
        // The lead does not assist itself, and a role nobody has is passed over.
        #expect(routed.assisting == [PostCode("CL-C01")])
        #expect(try route("C0101-2", source: "hotline", in: city).decision.rule == "general-finder")
        #expect(try route("E0101-1", source: "patrol", in: city).decision.rule == "general-finder")
        #expect(try route("C0101-1", source: "patrol", in: city).decision.rule == "larger-report-up")
    }

    @Test("When nobody holds the role, or no rule matches, there is no lead, and the decision says so")
    func nobody() throws {
        let vacant = try StreetCity.make { $0.posts.removeAll { $0.role == "brigade-commander" } }
        let routed = try route("E0401-1", in: vacant)
        #expect(
            routed.lead == nil && routed.decision.rule == "major-command"
                && routed.decision.inputs.hasSuffix("lead=nobody"))
        let lawless = try StreetCity.make { $0.policy.rules.removeLast() }
        let unrouted = try route("C0101-2", in: lawless)
        #expect(unrouted.lead == nil && unrouted.assisting.isEmpty && unrouted.decision.rule == "none")
    }

    @Test("A role is sought upwards from its level")
    func upwards() throws {
        let vacant = try StreetCity.make { profile in
            profile.posts.removeAll { $0.code == PostCode("GW-M001") }
            profile.posts.append(StreetCity.post("GW-C01", "C01", "grid-worker"))
        }
        #expect(try route("C0101-2", in: vacant).lead == PostCode("GW-C01"))
        #expect(try route("C0101-2", grid: "M002", in: vacant).lead == PostCode("GW-M002"))
    }

    @Test("A command goes to 178 leaders and to each of the N units")
    func nodes() {
        let nodes = Routing.nodes(city: city)
        #expect(nodes.count == 178 + city.profile.units.count && Set(nodes).count == nodes.count)
        #expect(city.profile.units.count == 65)
        #expect(
            nodes.contains("BL-B01") && nodes.contains("CL-C16") && nodes.contains("GL-M151")
                && nodes.contains("BRIGADE"))
        #expect(!nodes.contains("SL") && !nodes.contains("GW-M001"))
    }
}

import City
import Messages

/// Why a case was sent where it was: enough to decide it again.
struct Decision: Sendable, Equatable {
    var policyVersion: Int
    /// Name of the rule of the policy; `none` when no rule matched or nobody was found.
    var rule: String
    /// What was looked at and found, one `name=value` after another; no content of the report.
    var inputs: String
}

/// Finds out who must handle a case: the policy's rules in their order, the staff of the grid and those above.
enum Routing {
    struct Result: Sendable, Equatable {
        var path: Policy.Path
        /// Nil when no rule matched or nobody holds the role: the case waits for a dispatcher.
        var lead: PostCode?
        var assisting: [PostCode]
        var decision: Decision
    }

    static func route(
        condition: FilingCondition, source: SourceCode, grid: GridCode, finder: PostCode?, city: City
    ) -> Result {
        var inputs = [
            "condition=\(condition.code)", "severity=\(condition.severity.rawValue)", "source=\(source)",
            "grid=\(grid)",
        ]
        if let finder { inputs.append("finder=\(finder)") }
        let rule = city.profile.policy.rules.first { rule in
            (rule.severities.isEmpty || rule.severities.contains(condition.severity))
                && (rule.categoryPrefixes.isEmpty
                    || rule.categoryPrefixes.contains { condition.category.rawValue.hasPrefix($0) })
                && (rule.sources.isEmpty || rule.sources.contains(source))
        }
        guard let rule else {
            return Result(
                path: .finder, lead: nil, assisting: [],
                decision: Decision(
                    policyVersion: city.profile.version, rule: "none", inputs: inputs.joined(separator: " ")))
        }
        let lead = lead(rule, grid: grid, finder: finder, city: city)
        let assisting = rule.assistingRoles.compactMap {
            city.holder(ofRole: $0, from: grid, level: rule.leadLevel)?.code
        }.filter { $0 != lead }
        inputs.append("role=\(rule.leadRole)")
        inputs.append("level=\(rule.leadLevel)")
        inputs.append("lead=\(lead?.rawValue ?? "nobody")")
        return Result(
            path: rule.path, lead: lead, assisting: assisting,
            decision: Decision(
                policyVersion: city.profile.version, rule: rule.id, inputs: inputs.joined(separator: " ")))
    }

    /// Whoever finds it handles it, if he serves in the grid or above it; else who holds the rule's role there.
    private static func lead(_ rule: Policy.Rule, grid: GridCode, finder: PostCode?, city: City) -> PostCode? {
        if rule.path == .finder, let finder, let post = city.post(finder), city.isInside(grid, jurisdiction: post.grid)
        {
            return finder
        }
        return city.holder(ofRole: rule.leadRole, from: grid, level: rule.leadLevel)?.code
    }

    /// Every node of a command: who leads each grid inside the root, by a role that ends in `leader`, and each unit.
    static func nodes(city: City) -> [String] {
        let root = city.root
        let leaders = city.grids(inside: root.code).compactMap { grid in
            grid.code == root.code
                ? nil : city.posts(in: grid.code).first { $0.role.hasSuffix("leader") }?.code.rawValue
        }
        return leaders + city.profile.units.map(\.code.rawValue)
    }
}

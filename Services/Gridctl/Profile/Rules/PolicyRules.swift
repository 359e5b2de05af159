import City

/// Policy and tariff can be carried out by the posts and grids there are.
enum PolicyRules {
    static func check(_ draft: ProfileDraft, _ faults: FaultList) {
        guard let document = draft.document else { return }
        checkTariff(document, faults)
        checkOrder(document, faults)
        checkReferences(document, draft, faults)
        checkLevel(document.policy.communityLevel, document, document.lines.policy, "policy.communityLevel", faults)
        guard let grids = draft.grids?.map(\.value), let posts = draft.posts?.map(\.value) else { return }
        let holders = Holders(grids: grids, posts: posts)
        for (index, (rule, line)) in zip(document.policy.rules, document.lines.rules).enumerated() {
            let field = "policy.rules[\(index)]"
            holders.require(rule.leadRole, atLevel: rule.leadLevel, line: line, field: "\(field).leadRole", faults)
            for role in rule.assistingRoles {
                holders.require(role, atLevel: nil, line: line, field: "\(field).assistingRoles", faults)
            }
        }
        holders.require(
            document.tariff.reviewerRole, atLevel: document.tariff.reviewerLevel, line: document.lines.tariff,
            field: "tariff.reviewerRole", faults)
    }

    private static func checkLevel(
        _ level: Int, _ document: ProfileDocument, _ line: Int, _ field: String, _ faults: FaultList
    ) {
        guard !document.levels.isEmpty, !document.levels.contains(where: { $0.level == level }) else { return }
        faults.fatal(
            .level, ProfileFolder.profile, row: line, field: field, zh: "没有第 \(level) 级",
            en: "there is no level \(level)")
    }

    private static func checkTariff(_ document: ProfileDocument, _ faults: FaultList) {
        UniqueCodes.check(
            Array(zip(document.tariff.rates.map(\.kind), document.lines.rates)), in: ProfileFolder.profile,
            field: "tariff.rates.kind", faults: faults)
        for (rate, line) in zip(document.tariff.rates, document.lines.rates) where rate.dailyCap < rate.points {
            faults.fatal(
                .inconsistent, ProfileFolder.profile, row: line, field: "tariff.rates.dailyCap",
                zh: "每日上限 \(rate.dailyCap) 低于单次积分 \(rate.points)",
                en: "the daily cap \(rate.dailyCap) is below the points of one award, \(rate.points)")
        }
        checkLevel(
            document.tariff.reviewerLevel, document, document.lines.tariff, "tariff.reviewerLevel", faults)
    }

    /// Every case should meet a rule, and every rule a case.
    private static func checkOrder(_ document: ProfileDocument, _ faults: FaultList) {
        let rules = document.policy.rules
        guard !rules.isEmpty else { return }
        UniqueCodes.check(
            Array(zip(rules.map(\.id), document.lines.rules)), in: ProfileFolder.profile, field: "policy.rules.id",
            faults: faults)
        let catchAll = rules.firstIndex { $0.severities.isEmpty && $0.categoryPrefixes.isEmpty && $0.sources.isEmpty }
        guard let catchAll else {
            faults.warning(
                .policy, ProfileFolder.profile, row: document.lines.policy, field: "policy.rules",
                zh: "没有兜底规则，不匹配任何规则的案卷将转人工", en: "no rule takes what is left; such cases wait for a dispatcher")
            return
        }
        for (rule, line) in zip(rules, document.lines.rules).dropFirst(catchAll + 1) {
            faults.warning(
                .policy, ProfileFolder.profile, row: line, field: "policy.rules", zh: "规则 \(rule.id) 永远不会生效",
                en: "rule \(rule.id) is never reached")
        }
    }

    private static func checkReferences(_ document: ProfileDocument, _ draft: ProfileDraft, _ faults: FaultList) {
        let sources = draft.sources.map { Set($0.map(\.value.code)) }
        for (index, (rule, line)) in zip(document.policy.rules, document.lines.rules).enumerated() {
            checkLevel(rule.leadLevel, document, line, "policy.rules[\(index)].leadLevel", faults)
            for source in rule.sources where !(sources?.contains(source) ?? true) {
                faults.fatal(
                    .unknownReference, ProfileFolder.profile, row: line, field: "policy.rules[\(index)].sources",
                    zh: "没有来源 \(source)", en: "there is no source \(source)")
            }
            for prefix in rule.categoryPrefixes {
                guard let categories = draft.catalogue?.categories else { continue }
                if categories.contains(where: { $0.value.code.rawValue.hasPrefix(prefix) }) { continue }
                faults.fatal(
                    .unknownReference, ProfileFolder.profile, row: line,
                    field: "policy.rules[\(index)].categoryPrefixes",
                    zh: "没有以 \(prefix) 开头的小类", en: "no category begins with \(prefix)")
            }
        }
    }
}

/// Who holds which role where.
private struct Holders {
    private var roles: Set<String>
    private var placesOfRole: [String: Set<GridCode>] = [:]
    private var gridsOfLevel: [Int: [GridCode]]

    init(grids: [Grid], posts: [StaffPost]) {
        roles = Set(posts.map(\.role))
        for post in posts { placesOfRole[post.role, default: []].insert(post.grid) }
        gridsOfLevel = Dictionary(grouping: grids, by: \.level).mapValues { $0.map(\.code) }
    }

    /// Reports a role nobody holds as fatal, and one that some grids of the level lack as a warning with their number.
    func require(_ role: String, atLevel level: Int?, line: Int, field: String, _ faults: FaultList) {
        guard !role.isEmpty else { return }
        guard roles.contains(role) else {
            faults.fatal(
                .unknownReference, ProfileFolder.profile, row: line, field: field, zh: "没有岗位担任 \(role)",
                en: "no post has the role \(role)")
            return
        }
        guard let level, let grids = gridsOfLevel[level] else { return }
        let lacking = grids.filter { !(placesOfRole[role]?.contains($0) ?? false) }
        if lacking.count == grids.count {
            faults.fatal(
                .policy, ProfileFolder.profile, row: line, field: field, zh: "第 \(level) 级没有岗位担任 \(role)",
                en: "no post of level \(level) has the role \(role)")
        } else if let first = lacking.first {
            faults.warning(
                .policy, ProfileFolder.profile, row: line, field: field,
                zh: "第 \(level) 级有 \(lacking.count) 个网格缺少 \(role)，如 \(first)",
                en: "\(lacking.count) grids of level \(level) have no \(role), such as \(first)")
        }
    }
}

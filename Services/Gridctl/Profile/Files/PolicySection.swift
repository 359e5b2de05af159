import City

/// `policy` and `stageClocks` of profile.yaml.
enum PolicySection {
    static func read(_ root: YAMLMapping, lines: ProfileDocument.Lines) -> (Policy, ProfileDocument.Lines) {
        var lines = lines
        let clocks = stageClocks(root)
        lines.clocks = root.line(of: "stageClocks")
        guard let mapping = root.mapping("policy") else {
            let none = Policy.DuplicateRule(radiusMetres: 0, withinHours: 0)
            return (
                Policy(rules: [], duplicates: none, clocks: clocks, closeOnTheSpotAtOnce: false, communityLevel: 1),
                lines
            )
        }
        defer { mapping.finish() }
        lines.policy = mapping.line
        let near = mapping.mapping("duplicates")
        defer { near?.finish() }
        let rules = mapping.mappings("rules")
        lines.rules = rules.map(\.line)
        if rules.isEmpty { mapping.malformed("rules", zh: "至少要有一条规则", en: "expected at least one rule") }
        let policy = Policy(
            rules: rules.map(rule),
            duplicates: Policy.DuplicateRule(
                radiusMetres: near?.decimal("radiusMetres", in: 0...10_000) ?? 0,
                withinHours: near?.integer("withinHours", in: 0...8_784) ?? 0),
            clocks: clocks, closeOnTheSpotAtOnce: mapping.flag("closeOnTheSpotAtOnce"),
            communityLevel: mapping.integer("communityLevel", in: 1...20))
        return (policy, lines)
    }

    private static func rule(_ mapping: YAMLMapping) -> Policy.Rule {
        defer { mapping.finish() }
        let severities = mapping.texts("severities").map { text -> Severity in
            if let severity = Severity(rawValue: text) { return severity }
            let known = Severity.allCases.map(\.rawValue).joined(separator: ", ")
            mapping.malformed("severities", zh: "应为其中之一：\(known)", en: "expected some of \(known)")
            return .major
        }
        return Policy.Rule(
            id: mapping.text("id"), severities: severities, categoryPrefixes: mapping.texts("categoryPrefixes"),
            sources: mapping.texts("sources").map { SourceCode($0) }, path: mapping.choice("path", or: .finder),
            leadRole: mapping.text("leadRole"), leadLevel: mapping.integer("leadLevel", in: 1...20),
            assistingRoles: mapping.texts("assistingRoles"))
    }

    private static func stageClocks(_ root: YAMLMapping) -> Policy.StageClocks {
        let mapping = root.mapping("stageClocks")
        defer { mapping?.finish() }
        func limit(_ key: String) -> TimeLimit {
            guard let mapping else { return TimeLimit(1, .minutes) }
            let text = mapping.text(key)
            guard !text.isEmpty else { return TimeLimit(1, .minutes) }
            do {
                return try TimeLimit(parsing: text)
            } catch {
                mapping.malformed(key, zh: error.reason.zh, en: error.reason.en)
                return TimeLimit(1, .minutes)
            }
        }
        let percents = mapping?.integers("warnAtPercent") ?? []
        let isAscending = zip(percents, percents.dropFirst()).allSatisfy(<)
        if !isAscending || percents.contains(where: { !(1...99).contains($0) }) {
            mapping?.malformed("warnAtPercent", zh: "应为 1 至 99 之间由小到大的数", en: "expected ascending numbers in 1 … 99")
        }
        return Policy.StageClocks(
            dispatch: limit("dispatch"), accept: limit("accept"), check: limit("check"),
            defaultHandling: limit("defaultHandling"), warnAtPercent: percents)
    }
}

/// `tariff` of profile.yaml.
enum TariffSection {
    static func read(_ root: YAMLMapping, lines: ProfileDocument.Lines) -> (Tariff, ProfileDocument.Lines) {
        guard let mapping = root.mapping("tariff") else {
            return (Tariff(rates: [], fenPerPoint: 0, reviewDays: 0, reviewerRole: "", reviewerLevel: 1), lines)
        }
        defer { mapping.finish() }
        var lines = lines
        lines.tariff = mapping.line
        let rates = mapping.mappings("rates")
        lines.rates = rates.map(\.line)
        let tariff = Tariff(
            rates: rates.map { rate in
                defer { rate.finish() }
                return Tariff.Rate(
                    kind: rate.text("kind"), name: rate.localized("name"),
                    points: rate.integer("points", in: 1...1_000_000),
                    dailyCap: rate.integer("dailyCap", in: 1...1_000_000))
            },
            fenPerPoint: mapping.integer("fenPerPoint", in: 1...1_000_000),
            reviewDays: mapping.integer("reviewDays", in: 1...365), reviewerRole: mapping.text("reviewerRole"),
            reviewerLevel: mapping.integer("reviewerLevel", in: 1...20))
        return (tariff, lines)
    }
}

/// `workingTime` of profile.yaml: spans such as `08:00-12:00`.
enum WorkingTimeSection {
    static func read(_ root: YAMLMapping) -> WorkingTime {
        var spans: [WorkingTime.Span] = []
        guard root.has("workingTime") else {
            // Asking for a value that must be there reports its absence.
            _ = root.text("workingTime")
            return WorkingTime(spans: [])
        }
        for text in root.texts("workingTime") {
            let ends = text.split(separator: "-").map(minute)
            guard ends.count == 2, let from = ends[0], let to = ends[1], from < to else {
                root.malformed("workingTime", zh: "“\(text)”应形如 08:00-12:00", en: "\(text) is not like 08:00-12:00")
                return WorkingTime(spans: [])
            }
            spans.append(WorkingTime.Span(from: from, to: to))
        }
        if spans.isEmpty { root.malformed("workingTime", zh: "至少要有一个时段", en: "expected at least one span") }
        return WorkingTime(spans: spans)
    }

    /// Minutes since midnight of `08:00`; 24:00 is 1440.
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.trimmed.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hour = Int(parts[0]),
            let minute = Int(parts[1]),
            (0...59).contains(minute), (0...1440).contains(hour * 60 + minute)
        else { return nil }
        return hour * 60 + minute
    }
}

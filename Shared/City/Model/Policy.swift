/// How reports become cases and whom they reach: data of the profile, versioned with it.
public struct Policy: Hashable, Sendable, Codable {
    /// One routing rule. The first rule whose conditions all hold decides.
    public struct Rule: Hashable, Sendable, Codable {
        /// Stable name that a decision quotes, such as `major-command`.
        public var id: String
        /// Matches these severities; empty: any.
        public var severities: [Severity]
        /// Matches category codes that begin with one of these; empty: any.
        public var categoryPrefixes: [String]
        /// Matches these sources; empty: any.
        public var sources: [SourceCode]
        public var path: Path
        /// Role that leads the handling.
        public var leadRole: String
        /// Level of the grid whose holder of ``leadRole`` is sought, from the case's grid upwards.
        public var leadLevel: Int
        /// Roles that assist (协办), sought the same way; may be empty.
        public var assistingRoles: [String]

        public init(
            id: String, severities: [Severity], categoryPrefixes: [String], sources: [SourceCode], path: Path,
            leadRole: String, leadLevel: Int, assistingRoles: [String]
        ) {
            self.id = id
            self.severities = severities
            self.categoryPrefixes = categoryPrefixes
            self.sources = sources
            self.path = path
            self.leadRole = leadRole
            self.leadLevel = leadLevel
            self.assistingRoles = assistingRoles
        }
    }

    /// The three paths of a case.
    public enum Path: String, Sendable, Codable, CaseIterable {
        /// Whoever finds it handles it.
        case finder
        /// Reported up by one key; the brigade handles it jointly.
        case reportUp = "report-up"
        /// A command straight to every node, each of which acknowledges.
        case command
    }

    /// When two reports are of one problem.
    public struct DuplicateRule: Hashable, Sendable, Codable {
        /// Same filing condition within this distance …
        public var radiusMetres: Double
        /// … while the earlier case is open and younger than this.
        public var withinHours: Int

        public init(radiusMetres: Double, withinHours: Int) {
            self.radiusMetres = radiusMetres
            self.withinHours = withinHours
        }
    }

    /// Time limits of the stages that do not depend on the filing condition, and when to warn.
    public struct StageClocks: Hashable, Sendable, Codable {
        public var dispatch: TimeLimit
        public var accept: TimeLimit
        public var check: TimeLimit
        /// Handling limit where a condition has none.
        public var defaultHandling: TimeLimit
        /// Yellow and red warnings, as parts of the limit gone by, in per cent, ascending.
        public var warnAtPercent: [Int]

        public init(
            dispatch: TimeLimit, accept: TimeLimit, check: TimeLimit, defaultHandling: TimeLimit, warnAtPercent: [Int]
        ) {
            self.dispatch = dispatch
            self.accept = accept
            self.check = check
            self.defaultHandling = defaultHandling
            self.warnAtPercent = warnAtPercent
        }
    }

    public var rules: [Rule]
    public var duplicates: DuplicateRule
    public var clocks: StageClocks
    /// A case handled on the spot closes at once, without a closing check by another post.
    public var closeOnTheSpotAtOnce: Bool
    /// Level whose grids key the `reports` topic, so that two reports of one problem meet in one lane.
    public var communityLevel: Int

    public init(
        rules: [Rule], duplicates: DuplicateRule, clocks: StageClocks, closeOnTheSpotAtOnce: Bool, communityLevel: Int
    ) {
        self.rules = rules
        self.duplicates = duplicates
        self.clocks = clocks
        self.closeOnTheSpotAtOnce = closeOnTheSpotAtOnce
        self.communityLevel = communityLevel
    }
}

public import City

/// A case took one or more steps in one transaction. Carries the whole public case after the last of them.
public struct CaseChanged: MessageBody, Hashable {
    public static let type = "wangge.case.changed.v1"

    /// One step of the history.
    public struct Step: Hashable, Sendable {
        /// The case's version after this step: 1, 2, 3 … without gap.
        public var version: Int
        public var change: CaseChange
        /// Nil for the first step.
        public var from: CaseState?
        public var to: CaseState
        /// When it happened.
        public var at: Timestamp
        /// Who did it: a post code, or the name of a service.
        public var by: String
        public var reason: String?

        public init(
            version: Int, change: CaseChange, from: CaseState?, to: CaseState, at: Timestamp, by: String,
            reason: String? = nil
        ) {
            self.version = version
            self.change = change
            self.from = from
            self.to = to
            self.at = at
            self.by = by
            self.reason = reason
        }
    }

    public var steps: [Step]
    /// The case after the last step.
    public var after: PublicCase
    /// The report that caused the change, when one did.
    public var report: ReportID?

    public init(steps: [Step], after: PublicCase, report: ReportID?) {
        self.steps = steps
        self.after = after
        self.report = report
    }

    public init(json: JSONValue) throws {
        steps = try json.list("steps") {
            Step(
                version: try $0.count("version"), change: try $0.choice("change"),
                from: try $0.optionalChoice("from"), to: try $0.choice("to"), at: try $0.time("at"),
                by: try $0.text("by"), reason: try $0.optionalText("reason"))
        }
        guard let after = json["case"] else { throw MessageFault(reason: "case is missing") }
        self.after = try PublicCase(json: after)
        report = try json.optionalInteger("report").map { ReportID($0) }
        guard let last = steps.last, last.version == self.after.version, last.to == self.after.state else {
            throw MessageFault(reason: "steps do not lead to the case")
        }
    }

    public func write(to writer: inout JSONWriter) {
        writer.object {
            $0.key("steps")
            $0.array(steps) { writer, step in
                writer.object {
                    $0.field("version", step.version)
                    $0.field("change", step.change.rawValue)
                    $0.field("from", step.from?.rawValue)
                    $0.field("to", step.to.rawValue)
                    $0.field("at", step.at)
                    $0.field("by", step.by)
                    $0.field("reason", step.reason)
                }
            }
            $0.key("case")
            after.write(to: &$0)
            $0.field("report", report?.value)
        }
    }
}

/// What everybody may know of a case: no contact data, no names of people.
public struct PublicCase: Hashable, Sendable {
    public var id: CaseID
    /// Number shown to people, such as `XHG-20251103-000042`.
    public var number: String
    public var version: Int
    public var state: CaseState
    public var source: SourceCode
    public var condition: ConditionCode
    public var category: CategoryCode
    public var severity: Severity
    public var path: Policy.Path
    public var title: String
    /// Nil while it waits at the manual desk.
    public var grid: GridCode?
    public var place: Coordinate?
    /// The post that must act now; nil when nobody does.
    public var assignee: PostCode?
    /// The post that found the matter, when a staffed source reported it.
    public var finder: PostCode?
    /// The post that handled it.
    public var handler: PostCode?
    public var assisting: [PostCode]
    public var onTheSpot: Bool
    /// Reports that told of this problem.
    public var reports: Int
    /// Times it was sent back, and times it had to be done again.
    public var returns: Int
    public var reworks: Int
    /// Levels it was raised after breaches.
    public var escalations: Int
    /// When the matter was found, not when we heard of it.
    public var reportedAt: Timestamp
    public var filedAt: Timestamp
    public var dispatchedAt: Timestamp?
    public var acceptedAt: Timestamp?
    public var handledAt: Timestamp?
    public var closedAt: Timestamp?
    /// Version of the profile that decided.
    public var policyVersion: Int

    public init(
        id: CaseID, number: String, version: Int, state: CaseState, source: SourceCode, condition: ConditionCode,
        category: CategoryCode, severity: Severity, path: Policy.Path, title: String, grid: GridCode?,
        place: Coordinate?, assignee: PostCode?, finder: PostCode?, handler: PostCode?, assisting: [PostCode],
        onTheSpot: Bool, reports: Int, returns: Int, reworks: Int, escalations: Int, reportedAt: Timestamp,
        filedAt: Timestamp, dispatchedAt: Timestamp?, acceptedAt: Timestamp?, handledAt: Timestamp?,
        closedAt: Timestamp?, policyVersion: Int
    ) {
        self.id = id
        self.number = number
        self.version = version
        self.state = state
        self.source = source
        self.condition = condition
        self.category = category
        self.severity = severity
        self.path = path
        self.title = title
        self.grid = grid
        self.place = place
        self.assignee = assignee
        self.finder = finder
        self.handler = handler
        self.assisting = assisting
        self.onTheSpot = onTheSpot
        self.reports = reports
        self.returns = returns
        self.reworks = reworks
        self.escalations = escalations
        self.reportedAt = reportedAt
        self.filedAt = filedAt
        self.dispatchedAt = dispatchedAt
        self.acceptedAt = acceptedAt
        self.handledAt = handledAt
        self.closedAt = closedAt
        self.policyVersion = policyVersion
    }

    public init(json: JSONValue) throws {
        id = CaseID(try json.integer("id"))
        number = try json.text("number")
        version = try json.count("version")
        state = try json.choice("state")
        source = try json.code("source")
        condition = try json.code("condition")
        category = try json.code("category")
        severity = try json.choice("severity")
        path = try json.choice("path")
        title = try json.text("title")
        grid = try json.optionalCode("grid")
        place = try json["place"].map {
            Coordinate(longitude: try $0.number("longitude"), latitude: try $0.number("latitude"))
        }
        assignee = try json.optionalCode("assignee")
        finder = try json.optionalCode("finder")
        handler = try json.optionalCode("handler")
        assisting = try json.list("assisting") {
            guard let text = $0.string else { throw MessageFault(reason: "assisting has the wrong type") }
            return PostCode(rawValue: text)
        }
        onTheSpot = try json.flag("onTheSpot")
        reports = try json.count("reports")
        returns = try json.count("returns")
        reworks = try json.count("reworks")
        escalations = try json.count("escalations")
        reportedAt = try json.time("reportedAt")
        filedAt = try json.time("filedAt")
        dispatchedAt = try json.optionalTime("dispatchedAt")
        acceptedAt = try json.optionalTime("acceptedAt")
        handledAt = try json.optionalTime("handledAt")
        closedAt = try json.optionalTime("closedAt")
        policyVersion = try json.count("policyVersion")
    }

    public func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", id.value)
            $0.field("number", number)
            $0.field("version", version)
            $0.field("state", state.rawValue)
            $0.field("source", source)
            $0.field("condition", condition)
            $0.field("category", category)
            $0.field("severity", severity.rawValue)
            $0.field("path", path.rawValue)
            $0.field("title", title)
            $0.field("grid", grid)
            if let place { $0.field("place", place) }
            $0.field("assignee", assignee)
            $0.field("finder", finder)
            $0.field("handler", handler)
            if !assisting.isEmpty {
                $0.key("assisting")
                $0.array(assisting) { $0.value($1) }
            }
            $0.field("onTheSpot", onTheSpot)
            $0.field("reports", reports)
            $0.field("returns", returns)
            $0.field("reworks", reworks)
            $0.field("escalations", escalations)
            $0.field("reportedAt", reportedAt)
            $0.field("filedAt", filedAt)
            $0.field("dispatchedAt", dispatchedAt)
            $0.field("acceptedAt", acceptedAt)
            $0.field("handledAt", handledAt)
            $0.field("closedAt", closedAt)
            $0.field("policyVersion", policyVersion)
        }
    }
}

public import City

/// Where a case stands after a change: ``CaseChanged`` without what describes the matter, read in half the time.
///
/// For followers to whom most changes mean nothing, or who tell others how a case goes on.
public struct CaseNotice: MessageReading, Hashable {
    public static let type = CaseChanged.type

    public var id: CaseID
    public var number: String
    /// The case's version and state after the last step.
    public var version: Int
    public var state: CaseState
    public var onTheSpot: Bool
    /// States the case was in before each step and after it, and when the last step was.
    public var passages: [Passage]
    public var changedAt: Timestamp
    /// The report that caused the change, when one did.
    public var report: ReportID?

    /// From which state a step led to which; nil before the first.
    public struct Passage: Hashable, Sendable {
        public var from: CaseState?
        public var to: CaseState
    }

    /// Whether the case began with this change: it is the first of the case.
    public var isOfNewCase: Bool { passages.first.map { $0.from == nil } ?? false }

    public init(json: JSONValue) throws {
        guard let after = json["case"] else { throw MessageFault(reason: "case is missing") }
        id = CaseID(try after.integer("id"))
        number = try after.text("number")
        version = try after.count("version")
        state = try after.choice("state")
        onTheSpot = try after.flag("onTheSpot")
        let steps = try json.list("steps") { $0 }
        passages = try steps.map { Passage(from: try $0.optionalChoice("from"), to: try $0.choice("to")) }
        guard let last = steps.last, try last.count("version") == version, passages.last?.to == state else {
            throw MessageFault(reason: "steps do not lead to the case")
        }
        changedAt = try last.time("at")
        report = try json.optionalInteger("report").map { ReportID($0) }
    }
}

public import City

/// A clock of a case passed a mark: a warning or its deadline.
public struct ClockFired: MessageBody, Hashable {
    public static let type = "wangge.clock.fired.v1"

    /// What a clock measures.
    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// From filing until somebody is told.
        case dispatch
        /// From dispatch until it is accepted.
        case accept
        /// From acceptance until it is handled; the limit belongs to the filing condition.
        case handling
        /// From handling until the closing check.
        case check
    }

    /// Which mark was passed.
    public enum Mark: String, Sendable, CaseIterable, Codable {
        case yellow
        case red
        case breach
    }

    public var caseID: CaseID
    public var kind: Kind
    /// The case's version whose step armed the clock: with case and kind it names the clock.
    public var version: Int
    public var mark: Mark
    public var startedAt: Timestamp
    public var deadline: Timestamp
    /// The deadline rests on a working calendar not yet announced.
    public var provisional: Bool
    public var firedAt: Timestamp
    public var grid: GridCode?

    public init(
        caseID: CaseID, kind: Kind, version: Int, mark: Mark, startedAt: Timestamp, deadline: Timestamp,
        provisional: Bool, firedAt: Timestamp, grid: GridCode?
    ) {
        self.caseID = caseID
        self.kind = kind
        self.version = version
        self.mark = mark
        self.startedAt = startedAt
        self.deadline = deadline
        self.provisional = provisional
        self.firedAt = firedAt
        self.grid = grid
    }

    public init(json: JSONValue) throws {
        caseID = CaseID(try json.integer("case"))
        kind = try json.choice("kind")
        version = try json.count("version")
        mark = try json.choice("mark")
        startedAt = try json.time("startedAt")
        deadline = try json.time("deadline")
        provisional = try json.flag("provisional")
        firedAt = try json.time("firedAt")
        grid = try json.optionalCode("grid")
    }

    public func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("case", caseID.value)
            $0.field("kind", kind.rawValue)
            $0.field("version", version)
            $0.field("mark", mark.rawValue)
            $0.field("startedAt", startedAt)
            $0.field("deadline", deadline)
            $0.field("provisional", provisional)
            $0.field("firedAt", firedAt)
            $0.field("grid", grid)
        }
    }
}

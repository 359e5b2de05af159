public import City

/// A claim of points was opened or resolved.
public struct PointsChanged: MessageBody, Hashable {
    public static let type = "wangge.points.changed.v1"

    /// Where a transfer stands. Can become: pending → posted, voided or expired, once.
    public enum State: String, Sendable, CaseIterable, Codable {
        case pending
        case posted
        case voided
        case expired
    }

    /// Number of the transfer.
    public var transfer: Int64
    public var state: State
    /// Account owner: the post that did the work.
    public var owner: PostCode
    /// Task kind of the tariff.
    public var kind: String
    public var points: Int
    public var caseID: CaseID
    public var grid: GridCode?
    public var at: Timestamp
    /// Who resolved it: a post code, or the name of a service.
    public var by: String
    public var reason: String?

    public init(
        transfer: Int64, state: State, owner: PostCode, kind: String, points: Int, caseID: CaseID, grid: GridCode?,
        at: Timestamp, by: String, reason: String? = nil
    ) {
        self.transfer = transfer
        self.state = state
        self.owner = owner
        self.kind = kind
        self.points = points
        self.caseID = caseID
        self.grid = grid
        self.at = at
        self.by = by
        self.reason = reason
    }

    public init(json: JSONValue) throws {
        transfer = try json.integer("transfer")
        state = try json.choice("state")
        owner = try json.code("owner")
        kind = try json.text("kind")
        points = try json.count("points")
        caseID = CaseID(try json.integer("case"))
        grid = try json.optionalCode("grid")
        at = try json.time("at")
        by = try json.text("by")
        reason = try json.optionalText("reason")
    }

    public func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("transfer", transfer)
            $0.field("state", state.rawValue)
            $0.field("owner", owner)
            $0.field("kind", kind)
            $0.field("points", points)
            $0.field("case", caseID.value)
            $0.field("grid", grid)
            $0.field("at", at)
            $0.field("by", by)
            $0.field("reason", reason)
        }
    }
}

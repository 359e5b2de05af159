public import City

/// What became of a publisher's report, for the publisher.
public struct OutcomeReported: MessageBody, Hashable {
    public static let type = "wangge.report.outcome.v1"

    public var trackingNumber: String
    /// The publisher's own id.
    public var sourceID: String
    public var caseNumber: String
    public var state: CaseState
    public var onTheSpot: Bool
    public var at: Timestamp

    public init(
        trackingNumber: String, sourceID: String, caseNumber: String, state: CaseState, onTheSpot: Bool, at: Timestamp
    ) {
        self.trackingNumber = trackingNumber
        self.sourceID = sourceID
        self.caseNumber = caseNumber
        self.state = state
        self.onTheSpot = onTheSpot
        self.at = at
    }

    public init(json: JSONValue) throws {
        trackingNumber = try json.text("trackingNumber")
        sourceID = try json.text("sourceId")
        caseNumber = try json.text("caseNumber")
        state = try json.choice("state")
        onTheSpot = try json.flag("onTheSpot")
        at = try json.time("at")
    }

    public func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("trackingNumber", trackingNumber)
            $0.field("sourceId", sourceID)
            $0.field("caseNumber", caseNumber)
            $0.field("state", state.rawValue)
            $0.field("onTheSpot", onTheSpot)
            $0.field("at", at)
        }
    }
}

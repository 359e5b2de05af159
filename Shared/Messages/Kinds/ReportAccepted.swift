public import City

/// intake has accepted a report: it is durable, has a tracking number, and lies in a grid or waits at the manual desk.
///
/// Free text has been scrubbed of personal data; contact data never leaves intake.
public struct ReportAccepted: MessageBody, Hashable {
    public static let type = "wangge.report.accepted.v1"

    /// Handling by the finder himself, in the same step as the report.
    public struct OnTheSpot: Hashable, Sendable {
        public var handledAt: Timestamp
        public var note: String
        /// References of pictures or notes from before and after.
        public var evidence: [String]

        public init(handledAt: Timestamp, note: String, evidence: [String]) {
            self.handledAt = handledAt
            self.note = note
            self.evidence = evidence
        }
    }

    public var id: ReportID
    public var trackingNumber: String
    public var source: SourceCode
    /// The publisher's own id.
    public var sourceID: String
    public var occurredAt: Timestamp
    public var receivedAt: Timestamp
    public var condition: ConditionCode
    public var title: String
    public var text: String
    public var address: String
    /// WGS84; nil when the report names no place that can be located.
    public var place: Coordinate?
    /// The leaf grid; nil waits at the manual desk with ``unlocatedReason``.
    public var grid: GridCode?
    public var unlocatedReason: String?
    /// The post that found the matter, when a staffed source reported it.
    public var finder: PostCode?
    public var onTheSpot: OnTheSpot?

    public init(
        id: ReportID, trackingNumber: String, source: SourceCode, sourceID: String, occurredAt: Timestamp,
        receivedAt: Timestamp, condition: ConditionCode, title: String, text: String, address: String,
        place: Coordinate?, grid: GridCode?, unlocatedReason: String?, finder: PostCode?, onTheSpot: OnTheSpot?
    ) {
        self.id = id
        self.trackingNumber = trackingNumber
        self.source = source
        self.sourceID = sourceID
        self.occurredAt = occurredAt
        self.receivedAt = receivedAt
        self.condition = condition
        self.title = title
        self.text = text
        self.address = address
        self.place = place
        self.grid = grid
        self.unlocatedReason = unlocatedReason
        self.finder = finder
        self.onTheSpot = onTheSpot
    }

    public init(json: JSONValue) throws {
        id = ReportID(try json.integer("id"))
        trackingNumber = try json.text("trackingNumber")
        source = try json.code("source")
        sourceID = try json.text("sourceId")
        occurredAt = try json.time("occurredAt")
        receivedAt = try json.time("receivedAt")
        condition = try json.code("condition")
        title = try json.text("title")
        text = try json.optionalText("text") ?? ""
        address = try json.optionalText("address") ?? ""
        place = try json["place"].map {
            Coordinate(longitude: try $0.number("longitude"), latitude: try $0.number("latitude"))
        }
        grid = try json.optionalCode("grid")
        unlocatedReason = try json.optionalText("unlocatedReason")
        finder = try json.optionalCode("finder")
        onTheSpot = try json["onTheSpot"].map { value in
            OnTheSpot(
                handledAt: try value.time("handledAt"), note: try value.text("note"),
                evidence: try value.list("evidence") { element in
                    guard let text = element.string else { throw MessageFault(reason: "evidence has the wrong type") }
                    return text
                })
        }
    }

    public func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", id.value)
            $0.field("trackingNumber", trackingNumber)
            $0.field("source", source)
            $0.field("sourceId", sourceID)
            $0.field("occurredAt", occurredAt)
            $0.field("receivedAt", receivedAt)
            $0.field("condition", condition)
            $0.field("title", title)
            if !text.isEmpty { $0.field("text", text) }
            if !address.isEmpty { $0.field("address", address) }
            if let place { $0.field("place", place) }
            $0.field("grid", grid)
            $0.field("unlocatedReason", unlocatedReason)
            $0.field("finder", finder)
            if let onTheSpot {
                $0.key("onTheSpot")
                $0.object {
                    $0.field("handledAt", onTheSpot.handledAt)
                    $0.field("note", onTheSpot.note)
                    $0.key("evidence")
                    $0.array(onTheSpot.evidence) { $0.value($1) }
                }
            }
        }
    }
}

extension JSONWriter {
    /// `{"longitude": …, "latitude": …}` in degrees, WGS84.
    public mutating func field(_ name: StaticString, _ place: Coordinate) {
        key(name)
        object {
            $0.field("longitude", place.longitude)
            $0.field("latitude", place.latitude)
        }
    }
}

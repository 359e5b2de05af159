public import City

/// intake has refused an input. Carries the reasons, never the content; the content is kept by intake for replay.
public struct ReportRejected: MessageBody, Hashable {
    public static let type = "wangge.report.rejected.v1"

    /// One reason.
    public struct Reason: Hashable, Sendable {
        /// JSON pointer into the input, such as `/data/location/latitude`; empty for the whole.
        public var pointer: String
        /// Stable slug, such as `unknown-condition`.
        public var slug: String

        public init(pointer: String, slug: String) {
            self.pointer = pointer
            self.slug = slug
        }
    }

    /// Number of the kept rejection.
    public var id: Int64
    public var source: SourceCode
    public var receivedAt: Timestamp
    public var reasons: [Reason]

    public init(id: Int64, source: SourceCode, receivedAt: Timestamp, reasons: [Reason]) {
        self.id = id
        self.source = source
        self.receivedAt = receivedAt
        self.reasons = reasons
    }

    public init(json: JSONValue) throws {
        id = try json.integer("id")
        source = try json.code("source")
        receivedAt = try json.time("receivedAt")
        reasons = try json.list("reasons") { Reason(pointer: try $0.text("pointer"), slug: try $0.text("slug")) }
    }

    public func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", id)
            $0.field("source", source)
            $0.field("receivedAt", receivedAt)
            $0.key("reasons")
            $0.array(reasons) { writer, reason in
                writer.object {
                    $0.field("pointer", reason.pointer)
                    $0.field("slug", reason.slug)
                }
            }
        }
    }
}

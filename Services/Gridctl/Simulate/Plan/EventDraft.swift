import City
import Messages

/// A CloudEvent on its way to intake, every field open to be got wrong.
struct EventDraft: Sendable {
    struct Location: Sendable {
        var longitude: Double
        var latitude: Double
        /// As it is written; nil: the source's own.
        var datum: String?
    }

    struct OnTheSpot: Sendable {
        var handledAt: String
        var note: String
        var evidence: [String]
    }

    static let type = "wangge.report.submitted.v1"

    var specVersion = "1.0"
    var type = EventDraft.type
    var id: String
    var source: String
    /// RFC 3339 with offset.
    var occurredAt: String
    var condition: String?
    var title: String
    var text: String
    var address: String
    var location: Location?
    var grid: String?
    var finder: String?
    var onTheSpot: OnTheSpot?
    /// Members of the contact object; empty: none.
    var contact: [(name: String, value: String)] = []

    /// The event as one JSON text.
    var structured: [UInt8] {
        var writer = JSONWriter(capacity: 768)
        writer.object {
            $0.field("specversion", specVersion)
            $0.field("type", type)
            $0.field("id", id)
            $0.field("source", source)
            $0.field("datacontenttype", "application/json")
            $0.key("data")
            write(to: &$0)
        }
        return writer.bytes
    }

    /// The data alone, for an event whose attributes travel beside it.
    var data: [UInt8] {
        var writer = JSONWriter(capacity: 640)
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("occurredAt", occurredAt)
            $0.field("condition", condition)
            $0.field("title", title)
            if !text.isEmpty { $0.field("text", text) }
            if !address.isEmpty { $0.field("address", address) }
            if let location {
                $0.key("location")
                $0.object {
                    $0.field("longitude", location.longitude)
                    $0.field("latitude", location.latitude)
                    $0.field("datum", location.datum)
                }
            }
            $0.field("grid", grid)
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
            guard !contact.isEmpty else { return }
            $0.key("contact")
            $0.object {
                for (name, value) in contact {
                    $0.key(dynamic: name)
                    $0.value(value)
                }
            }
        }
    }
}

extension Timestamp {
    /// The moment as the wall shows it, such as `2025-11-03T08:15:00+08:00`. Whole seconds.
    func rfc3339(in zone: TimeZoneRules) -> String {
        let (day, second) = zone.local(self)
        let offset = zone.offset(at: self)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let time = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
        let minutes = abs(offset) / 60
        return "\(day.iso8601)T\(time)\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }
}

import City
import Foundation
import Messages

/// A report as a publisher writes it.
struct ReportDraft: Sendable {
    struct OnTheSpot: Sendable {
        var handledAt: Timestamp
        var note = "已当场处置"
        var evidence = ["after.jpg"]
    }

    var id: String
    var source = SourceCode("hotline-12345")
    var occurredAt = Timestamp.now.advanced(bySeconds: -60)
    var condition: ConditionCode
    var title = "路面有问题，请处理"
    var text = ""
    var address = ""
    var place: Coordinate?
    var finder: PostCode?
    var onTheSpot: OnTheSpot?
    var contact: (name: String, phone: String)?

    init(_ id: String, condition: ConditionCode, place: Coordinate?) {
        self.id = id
        self.condition = condition
        self.place = place
    }

    /// The report as a CloudEvent in structured mode, on one line.
    var event: [UInt8] {
        var writer = JSONWriter(capacity: 768)
        writer.object {
            $0.field("specversion", "1.0")
            $0.field("type", "wangge.report.submitted.v1")
            $0.field("id", id)
            $0.field("source", source)
            $0.key("data")
            $0.object { writeData(to: &$0) }
        }
        return writer.bytes
    }

    private func writeData(to writer: inout JSONWriter) {
        writer.field("occurredAt", occurredAt)
        writer.field("condition", condition)
        writer.field("title", title)
        if !text.isEmpty { writer.field("text", text) }
        if !address.isEmpty { writer.field("address", address) }
        if let place {
            writer.key("location")
            writer.object {
                $0.field("longitude", place.longitude)
                $0.field("latitude", place.latitude)
                $0.field("datum", "WGS84")
            }
        }
        writer.field("finder", finder)
        if let onTheSpot {
            writer.key("onTheSpot")
            writer.object {
                $0.field("handledAt", onTheSpot.handledAt)
                $0.field("note", onTheSpot.note)
                $0.key("evidence")
                $0.array(onTheSpot.evidence) { $0.value($1) }
            }
        }
        if let contact {
            writer.key("contact")
            writer.object {
                $0.field("name", contact.name)
                $0.field("phone", contact.phone)
            }
        }
    }
}

extension Timestamp {
    static var now: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
}

extension City {
    /// A place inside a grid.
    func place(in grid: Grid, using generator: inout some RandomNumberGenerator) -> Coordinate {
        guard let box = grid.area.boundingBox else { return boundingBox.center }
        while true {
            let place = Coordinate(
                longitude: .random(in: box.minLongitude...box.maxLongitude, using: &generator),
                latitude: .random(in: box.minLatitude...box.maxLatitude, using: &generator))
            if let found = locate(place), isInside(found.code, jurisdiction: grid.code) { return place }
        }
    }

    /// A place anywhere in the city.
    func place(using generator: inout some RandomNumberGenerator) -> Coordinate { place(in: root, using: &generator) }

    /// A community that no load is put on: whoever works there has not reached a day's cap of points.
    var calmCommunity: Grid { grids.first { $0.level == profile.policy.communityLevel } ?? root }

    /// A filing condition of that severity.
    func condition(_ severity: Severity, needsEvidence: Bool) -> FilingCondition? {
        profile.conditions.first { $0.severity == severity && $0.needsEvidence == needsEvidence }
    }
}

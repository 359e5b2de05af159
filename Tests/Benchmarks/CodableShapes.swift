import City

/// The messages as somebody would declare them who has `JSONDecoder` do the work: the same fields, of the same types.
enum CodableShapes {
    struct Event: Codable {
        struct Content: Codable {
            var occurredAt: Moment
            var condition: String
            var title: String
            var text: String?
            var address: String?
            var grid: String?
            var location: Place?
            var finder: String?
            var onTheSpot: OnTheSpot?
        }

        var specversion: String
        var type: String
        var id: String
        var source: String
        var data: Content
    }

    struct Place: Codable {
        var longitude: Double
        var latitude: Double
    }

    struct OnTheSpot: Codable {
        var handledAt: Moment
        var note: String
        var evidence: [String]
    }

    struct Report: Codable {
        var id: Int64
        var trackingNumber: String
        var source: String
        var sourceId: String
        var occurredAt: Moment
        var receivedAt: Moment
        var condition: String
        var title: String
        var text: String?
        var address: String?
        var place: Place?
        var grid: String?
        var unlocatedReason: String?
        var finder: String?
        var onTheSpot: OnTheSpot?
    }

    struct Changed: Codable {
        struct Step: Codable {
            var version: Int
            var change: String
            var from: String?
            var to: String
            var at: Moment
            var by: String
            var reason: String?
        }

        struct After: Codable {
            var id: Int64
            var number: String
            var version: Int
            var state: String
            var source: String
            var condition: String
            var category: String
            var severity: String
            var path: String
            var title: String
            var grid: String?
            var place: Place?
            var assignee: String?
            var finder: String?
            var handler: String?
            var assisting: [String]?
            var onTheSpot: Bool
            var reports: Int
            var returns: Int
            var reworks: Int
            var escalations: Int
            var reportedAt: Moment
            var filedAt: Moment
            var dispatchedAt: Moment?
            var acceptedAt: Moment?
            var handledAt: Moment?
            var closedAt: Moment?
            var policyVersion: Int
        }

        var steps: [Step]
        var `case`: After
        var report: Int64?
    }

    /// A moment in RFC 3339, read by our own scanner: Foundation's formatters would only make the peer slower.
    struct Moment: Codable {
        var value: Timestamp

        init(_ value: Timestamp) { self.value = value }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            guard let value = Timestamp(rfc3339: try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "no moment")
            }
            self.value = value
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(value.rfc3339)
        }
    }
}

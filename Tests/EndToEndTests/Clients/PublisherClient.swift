import City
import Messages
import Synchronization
import Testing

/// A system that publishes reports, and remembers what it was told.
struct PublisherClient: Sendable {
    let suite: SuiteUnderTest
    let key: String

    init(_ suite: SuiteUnderTest, key: String? = nil) {
        self.suite = suite
        self.key = key ?? suite.key
    }

    /// Form of an event or of a batch.
    enum Form: String, CaseIterable, Sendable {
        case structured = "application/cloudevents+json"
        case array = "application/cloudevents-batch+json"
        case lines = "application/x-ndjson"

        /// The body of a request with these events; a structured one has just one.
        func body(of events: [[UInt8]]) -> [UInt8] {
            switch self {
            case .structured: events[0]
            case .array: Array("[".utf8) + Array(events.joined(separator: [0x2C])) + Array("]".utf8)
            case .lines: events.flatMap { $0 + [0x0A] }
            }
        }
    }

    /// Sends a body as it is.
    func send(_ body: [UInt8], as type: String = Form.structured.rawValue, seconds: Int64 = 15) async throws -> Answer {
        try await HTTP.post(
            suite.url(.intake, "/v1/events"),
            [("authorization", "Bearer \(key)"), ("content-type", type), ("accept-language", "en")], body,
            seconds: seconds)
    }

    /// Submits one report and expects it to be accepted.
    ///
    /// - Returns: its tracking number.
    func submit(_ draft: ReportDraft) async throws -> String {
        let answer = try await send(draft.event)
        try #require(answer.status == 202, "\(answer.text)")
        return try #require(answer.json?["trackingNumber"]?.string)
    }

    /// Submits reports together, again and again until there is an answer for each.
    ///
    /// - Returns: tracking numbers in order.
    func submitUntilAnswered(_ drafts: [ReportDraft], as form: Form) async throws -> [String] {
        if form == .structured {
            var numbers: [String] = []
            for draft in drafts {
                let answer = try await answered { try await send(draft.event) }
                numbers.append(try #require(answer.json?["trackingNumber"]?.string, "\(answer.status) \(answer.text)"))
            }
            return numbers
        }
        let body = form.body(of: drafts.map(\.event))
        let answer = try await answered { try await send(body, as: form.rawValue) }
        let items = answer.json?["items"]?.elements ?? []
        return try items.map { try #require($0["trackingNumber"]?.string, "\(answer.text)") }
    }

    /// What became of a report.
    func status(_ tracking: String) async throws -> Answer {
        try await HTTP.get(suite.url(.intake, "/v1/reports/\(tracking)"), [("authorization", "Bearer \(key)")])
    }

    /// The state of a report's case.
    func state(_ tracking: String) async throws -> String? { try await status(tracking).json?["state"]?.string }

    /// The number of a report's case, once it has one.
    func caseNumber(_ tracking: String) async throws -> String {
        try await awaited("report \(tracking) has a case") {
            try await status(tracking).json?["caseNumber"]?.string
        }
    }
}

/// Repeats a request until the service answers it: nothing was promised before that.
func answered(_ request: () async throws -> Answer) async throws -> Answer {
    try await awaited("an answer", seconds: 120) {
        let answer = try await request()
        return answer.status == 503 || answer.status == 429 ? nil : answer
    }
}

/// What publishers were told is accepted.
final class Acknowledged: Sendable {
    struct Report: Hashable, Sendable {
        var source: String
        var id: String
        var tracking: String
    }

    private let told = Mutex<[Report]>([])

    var reports: [Report] { told.withLock { $0 } }

    func note(_ drafts: [ReportDraft], _ numbers: [String]) {
        #expect(drafts.count == numbers.count)
        told.withLock { told in
            for (draft, number) in zip(drafts, numbers) {
                told.append(Report(source: draft.source.rawValue, id: draft.id, tracking: number))
            }
        }
    }
}

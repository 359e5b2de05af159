import City
import Messages
import TestSupport

@testable import EventLog
@testable import Intake

/// What intake keeps.
struct IntakeTables {
    struct Row {
        var report: ReportAccepted
        var digest: [UInt8]
    }

    var reports: [String: Row] = [:]
}

/// Publishers and what they were told, and intake's part in it.
final class IntakeModel {
    typealias Event = Submission

    private struct Request {
        var submission: Submission
        var answers: Set<String> = []
    }

    private let city: City
    private let events: [Submission]
    private var requests: [Request] = []
    /// Tracking number by source and id, as publishers were told.
    private var accepted: [String: String] = [:]
    private static let reportsOfASchedule = 6

    init(city: City, events: [Submission]) {
        self.city = city
        self.events = events
    }

    private static func key(_ submission: Submission) -> String { "\(submission.source)/\(submission.sourceID)" }

    /// A new event, or one that was sent before: the same, or other words under the same id.
    func nextRequest(now: Timestamp, random: inout SeededGenerator) -> Int? {
        let isNew = requests.isEmpty || Int.random(in: 0..<3, using: &random) == 0
        if isNew, Set(requests.map { Self.key($0.submission) }).count < Self.reportsOfASchedule {
            guard var submission = events.randomElement(using: &random) else { return nil }
            submission.sourceID = "s-\(requests.count)"
            submission.occurredAt = now
            requests.append(Request(submission: submission))
            return requests.count - 1
        }
        guard !requests.isEmpty else { return nil }
        let again = Int.random(in: 0..<requests.count, using: &random)
        guard Int.random(in: 0..<8, using: &random) == 0 else { return again }
        var other = requests[again].submission
        other.digest = other.digest.reversed()
        requests.append(Request(submission: other))
        return requests.count - 1
    }

    func describe(_ request: Int) -> String { Self.key(requests[request].submission) }

    /// - Returns: what is wrong with the answer.
    func answered(_ request: Int, _ answer: String) -> String? {
        requests[request].answers.insert(answer)
        let key = Self.key(requests[request].submission)
        guard requests[request].answers.count == 1 else {
            return "\(key) was answered \(requests[request].answers.sorted())"
        }
        guard answer.hasPrefix("accepted") else { return nil }
        defer { accepted[key] = answer }
        return accepted[key] == nil || accepted[key] == answer ? nil : "\(key) was accepted twice"
    }

    func faults(_ store: SimulatedStore, log: SimulatedLog) -> [String] {
        var faults: [String] = []
        for (key, answer) in accepted {
            let tracking = store.intake.reports[key]?.report.trackingNumber
            if tracking.map({ "accepted \($0)" }) != answer { faults.append("\(key) was \(answer) and is not there") }
        }
        if Set(store.intake.reports.values.map(\.report.id)).count != store.intake.reports.count {
            faults.append("two reports of one number")
        }
        return faults
    }

    func handler(in suite: SimulatedSuite) -> any SimulatedHandler { Handler(self, suite) }

    private final class Handler: SimulatedHandler {
        private let model: IntakeModel
        private let suite: SimulatedSuite
        private var numbers: Range<Int64> = 0..<0

        init(_ model: IntakeModel, _ suite: SimulatedSuite) {
            self.model = model
            self.suite = suite
        }

        func answer(
            _ request: Int, now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
        ) throws -> String {
            let submission = model.requests[request].submission
            let key = IntakeModel.key(submission)
            let prefix = model.city.profile.trackingPrefix
            if let earlier = store.intake.reports[key] {
                return earlier.digest == submission.digest ? "accepted \(earlier.report.trackingNumber)" : "conflict"
            }
            let rules = AcceptanceRules()
            guard rules.faults(of: submission, now: now).isEmpty else { return "rejected" }
            if numbers.isEmpty { numbers = suite.takeNumbers("report", 1_000) }
            let report = rules.report(submission, id: ReportID(numbers.popFirst() ?? 0), prefix: prefix, now: now)
            store.intake.reports[key] = .init(report: report, digest: submission.digest)
            let community = report.grid.flatMap { model.city.community(of: $0)?.code ?? $0 }
            output.publish(
                OutgoingMessage(
                    report, on: .reports, key: community?.rawValue ?? "", subject: report.id.description, time: now))
            return "accepted \(report.trackingNumber)"
        }
    }
}

extension IntakeModel {
    /// Events as publishers send them, read as intake reads them.
    static func events(_ city: City) -> [Submission] {
        let reader = SubmissionReader(city: city, allowedSources: nil)
        let kinds: [(condition: String, micro: Int?, source: String, more: String)] = [
            ("E0101-1", 1, "hotline", ""), ("E0101-1", 1, "hotline", ""), ("E0101-1", 2, "patrol", onTheSpot),
            ("E0401-1", 3, "hotline", ""), ("S0101-1", 2, "hotline", ""), ("C0101-2", nil, "hotline", ""),
            ("C0101-2", 3, "patrol", #","finder":"GW-M003""#),
        ]
        return kinds.enumerated().compactMap { index, kind in
            let place = kind.micro.map {
                #","location":{"longitude":\#(104 + (Double($0) - 0.5) / 1_000),"latitude":\#(30.001 + Double(index) / 10_000)}"#
            }
            let event = """
                {"specversion":"1.0","type":"\(SubmissionReader.eventType)","id":"x","source":"\(kind.source)","data":{\
                "occurredAt":"2025-11-03T08:45:00+08:00","condition":"\(kind.condition)","title":"井盖"\
                \(place ?? "")\(kind.more)}}
                """
            let input = Array(event.utf8)
            return try? reader.read(event: input[...], fallbackSource: SourceCode("hotline"), traceparent: nil).get()
        }
    }

    private static let onTheSpot =
        #","onTheSpot":{"handledAt":"2025-11-03T08:50:00+08:00","note":"done","evidence":["a.jpg"]},"finder":"GW-M002""#
}

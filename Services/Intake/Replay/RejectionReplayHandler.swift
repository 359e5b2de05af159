import City
import EventLog
import Messages
import Postgres

/// Reads refused input again and accepts what is acceptable by now, in the same way as new input.
///
/// Acceptance, publication and the mark on the rejection are one transaction, so that a replay that dies can be run
/// again: what it accepted is not open any more, and a report's id accepts it only once in any case.
final class RejectionReplayHandler: RequestHandler {
    /// The next open rejections, of one source or of all.
    struct Request: Sendable {
        var after: Int64
        var source: String?
        var limit = 200
    }

    /// What became of them.
    struct Response: Sendable, Equatable {
        /// Number of the last one looked at; nil when there was none.
        var last: Int64?
        var accepted = 0
        /// The source used the id for other content meanwhile.
        var conflicts = 0
        var stillRefused = 0
        /// Cut when it was kept, encrypted with another key, or refused because its publisher was not entitled.
        var notReplayable = 0
    }

    private let city: City
    private let sealing: Sealing
    private let rules: AcceptanceRules
    private let acceptance: Acceptance

    init(city: City, sealing: Sealing, rules: AcceptanceRules) {
        self.city = city
        self.sealing = sealing
        self.rules = rules
        acceptance = Acceptance(city: city, sealing: sealing, rules: rules)
    }

    func handle(
        _ requests: [Request], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws -> [Result<Response, any Error>] {
        try requests.map { .success(try replay($0, now: now, in: transaction, output: &output)) }
    }

    private func replay(
        _ request: Request, now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws -> Response {
        let open = try RejectionReplayStore.open(
            after: request.after, source: request.source, limit: request.limit, in: transaction)
        var response = Response(last: open.last?.id)
        var ids: [Int64] = []
        var items: [IntakeItem] = []
        for rejection in open {
            guard let input = readable(rejection) else {
                response.notReplayable += 1
                continue
            }
            guard let submission = acceptable(input, rejection, now: now) else {
                // Stays as it is: accepting it as a refusal would keep it a second time.
                response.stillRefused += 1
                continue
            }
            ids.append(rejection.id)
            items.append(.submission(submission, input: input))
        }
        guard !items.isEmpty else { return response }
        let outcomes = try acceptance.accept(items, now: now, in: transaction, output: &output)
        var accepted: [(id: Int64, report: Int64)] = []
        for (id, outcome) in zip(ids, outcomes) {
            guard case .accepted(let tracking, _) = outcome else {
                response.conflicts += 1
                continue
            }
            response.accepted += 1
            let report = TrackingNumber.report(tracking, prefix: city.profile.trackingPrefix)
            accepted.append((id, report?.value ?? 0))
        }
        try RejectionReplayStore.markReplayed(accepted, now: now, in: transaction)
        return response
    }

    private func readable(_ rejection: RejectionReplayStore.Rejection) -> [UInt8]? {
        // Whoever was not entitled to a source is not by way of an operator either.
        guard !rejection.isTruncated, !rejection.wasNotEntitled, rejection.keyVersion == sealing.keyVersion else {
            return nil
        }
        return try? sealing.open(rejection.sealed, place: "intake.rejection.sealed", row: rejection.id)
    }

    private func acceptable(
        _ input: [UInt8], _ rejection: RejectionReplayStore.Rejection, now: Timestamp
    ) -> Submission? {
        let source = SourceCode(rawValue: rejection.source)
        let reader = SubmissionReader(city: city, allowedSources: [source])
        guard case .success(let submission) = KeptInput.read(input, with: reader, fallbackSource: source),
            rules.faults(of: submission, now: now).isEmpty
        else { return nil }
        return submission
    }
}

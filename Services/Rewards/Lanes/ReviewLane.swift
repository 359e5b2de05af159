import City
import EventLog
import Messages
import Postgres

/// A reviewer's decision on one claim or several.
struct ReviewRequest: Sendable {
    let reviewer: Reviewer
    let transfers: [Int64]
    let decision: ReviewDecision
    /// The reviewer's own words; kept with the resolution and published nowhere.
    var reason: String?
    var traceparent: String?
}

/// Posts or voids claims as reviewers decide, each once.
///
/// The same decision again gets the same answer, so a request may be repeated; another one is refused.
final class ReviewLane: RequestHandler {
    private let city: () -> City

    init(city: @escaping () -> City) { self.city = city }

    func handle(
        _ requests: [ReviewRequest], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws -> [Result<[ReviewOutcome], any Error>] {
        let city = city()
        let wanted = Set(requests.flatMap(\.transfers)).sorted()
        // Locked, so that neither another reviewer nor the lane of the case resolves them meanwhile.
        var claims: [Int64: Claim] = [:]
        for claim in try ClaimStore.lock(transfers: wanted, in: transaction) { claims[claim.transfer] = claim }
        var entries: [LedgerEntry] = []
        let answers = requests.map { request in
            request.transfers.map { transfer -> ReviewOutcome in
                let verdict = ReviewRules.judge(
                    claims[transfer], decision: request.decision, by: request.reviewer, city: city, now: now)
                switch verdict {
                case .answer(let outcome):
                    return outcome
                case .resolve(let claim):
                    claims[transfer] = claim
                    let entry = LedgerEntry.resolved(claim, reason: request.reason)
                    entries.append(entry)
                    output.publish(entry.published(now: now, traceparent: request.traceparent))
                    return .done(claim)
                }
            }
        }
        try LedgerStore.add(entries, cityVersion: city.profile.version, now: now, in: transaction)
        try ClaimStore.resolve(entries.map(\.claim), in: transaction)
        try LedgerStore.move(entries, in: transaction)
        return answers.map { .success($0) }
    }
}

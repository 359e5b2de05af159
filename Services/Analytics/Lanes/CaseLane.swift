import City
import EventLog
import Messages
import Postgres

/// Keeps `analytics.case_fact` and the feed from `cases`.
final class CaseLane: LaneHandler {
    private static let pruneSeconds: Int64 = 60

    /// When the feed is to be pruned; nil when nothing was added to it since.
    private(set) var nextTick: Timestamp?

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        let changes = output.decode(messages, as: CaseChanged.self).map(\.body)
        guard !changes.isEmpty else { return }
        let known = try CaseFactStore.versions(of: Set(changes.map(\.after.id)).sorted(), in: transaction)
        let digest = CaseDigest(changes, known: known)
        try CaseFactStore.save(digest.cases, isKnown: { known[$0] != nil }, in: transaction)
        try FeedStore.add(digest.lines, in: transaction)
        if nextTick == nil, !digest.lines.isEmpty { nextTick = now.advanced(bySeconds: Self.pruneSeconds) }
    }

    func tick(now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput) throws {
        try FeedStore.prune(now: now, in: transaction)
        nextTick = nil
    }
}

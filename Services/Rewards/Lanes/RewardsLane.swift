import City
import EventLog
import Messages
import Postgres

/// Opens claims for the cases of one partition when they are closed, takes them back when they are reopened or voided,
/// and lets those expire that nobody reviewed.
final class RewardsLane: LaneHandler {
    /// Claims of one tick.
    static let expiringAtOnce = 1_000

    private let partition: Int
    private let city: () -> City
    /// When the next claim expires; nil when none waits. Meaningless before the first tick has looked.
    private var earliestExpiry: Timestamp?
    private var hasLooked = false

    /// - Parameters:
    ///   - partition: The lane's partition of `cases`.
    ///   - city: The city in force. Asked once per batch.
    init(partition: Int, city: @escaping () -> City) {
        self.partition = partition
        self.city = city
    }

    // MARK: Messages

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        let city = city()
        var changes: [CaseChanged] = []
        var traces: [CaseID: String] = [:]
        for message in messages {
            do {
                let change = try message.decode(CaseChanged.self)
                // Most changes are of no concern here.
                guard change.after.state == .closed || ClaimRules.revocation(by: change) != nil else { continue }
                changes.append(change)
                traces[change.after.id] = message.traceparent
            } catch let fault as MessageFault {
                output.deadLetter(message, reason: fault.reason)
            }
        }
        guard !changes.isEmpty else { return }
        let book = try openBook(for: changes, city: city, now: now, in: transaction)
        try LedgerStore.add(book.entries, cityVersion: city.profile.version, now: now, in: transaction)
        let claims = book.changed.sorted().compactMap { book.claims[$0] }
        try ClaimStore.save(claims, partition: partition, in: transaction)
        try ClaimStore.add(capped: book.capped, now: now, in: transaction)
        output.publish(
            book.entries.map { LedgerPublication.message($0, now: now, traceparent: traces[$0.claim.key.caseID]) })
        for claim in claims where claim.isOpen {
            earliestExpiry = min(earliestExpiry ?? claim.expiresAt, claim.expiresAt)
        }
    }

    /// Reads what the changes need, in two round trips whatever their number, and applies them.
    private func openBook(
        for changes: [CaseChanged], city: City, now: Timestamp, in transaction: PostgresTransaction
    ) throws -> ClaimBook {
        let ids = Set(changes.map(\.after.id)).sorted()
        let work = changes.flatMap { ClaimRules.earned(by: $0, city: city) }
        let refusedRows = try ClaimStore.refused(cases: ids, in: transaction)
        let claims = try ClaimStore.lock(cases: ids, in: transaction)
        var accounts: [PostCode: Int64] = [:]
        var numbers: [Int64] = []
        var totals: [DayKey: Int] = [:]
        if !work.isEmpty {
            let accountRows = try LedgerStore.accounts(of: Set(work.map(\.key.owner)), in: transaction)
            let numberRows = try LedgerStore.reserveNumbers(work.count, in: transaction)
            totals = try ClaimStore.lockTotals(Set(work.map(\.dayKey)), in: transaction)
            accounts = try LedgerStore.accounts(accountRows)
            numbers = try numberRows.rows().decode(Int64.self)
        }
        var book = ClaimBook(
            claims: claims, refused: try ClaimStore.refused(refusedRows), totals: totals, accounts: accounts,
            numbers: numbers, city: city, now: now)
        for change in changes { book.apply(change) }
        return book
    }

    // MARK: Time

    var nextTick: Timestamp? { hasLooked ? earliestExpiry : .earliest }

    func tick(now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput) throws {
        let overdue = try ClaimStore.lockOverdue(
            partition: partition, now: now, limit: Self.expiringAtOnce, in: transaction
        ).map { claim in
            var claim = claim
            claim.state = .expired
            claim.resolvedBy = Ledger.system
            return claim
        }
        let entries = overdue.map { LedgerEntry.resolved($0, reason: Ledger.reviewMissed) }
        try LedgerStore.add(entries, cityVersion: city().profile.version, now: now, in: transaction)
        try ClaimStore.resolve(overdue, in: transaction)
        output.publish(entries.map { LedgerPublication.message($0, now: now) })
        earliestExpiry = try ClaimStore.earliestExpiry(partition: partition, in: transaction)
        hasLooked = true
    }
}

/// How entries of the ledger are published: keyed by the account's owner, so that an owner's points stay in order.
enum LedgerPublication {
    static func message(_ entry: LedgerEntry, now: Timestamp, traceparent: String? = nil) -> OutgoingMessage {
        OutgoingMessage(
            Ledger.message(entry, now: now), on: .points, key: entry.claim.key.owner.rawValue,
            subject: String(entry.claim.transfer), time: now, traceparent: traceparent)
    }
}

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
                // Most changes are of no concern here, and need not be read whole.
                let json = try message.json(of: CaseChanged.self)
                guard ClaimRules.concerns(try CaseNotice(json: json)) else { continue }
                let change = try CaseChanged(json: json)
                changes.append(change)
                traces[change.after.id] = message.traceparent
            } catch let fault as MessageFault {
                output.deadLetter(message, reason: fault.reason)
            }
        }
        guard !changes.isEmpty else { return }
        var book = ClaimBook(try page(for: changes, city: city, in: transaction), city: city, now: now)
        do throws(ClaimBook.Shortage) {
            for change in changes { try book.apply(change) }
        } catch {
            // Nobody's message is at fault: the batch is read and tried again.
            throw LaneError(
                .unavailable,
                "work without a number or an account: \(error.numbers) numbers, \(error.accounts) accounts, "
                    + "its own \(error.hasAccount ? "there" : "missing"), \(changes.count) changes")
        }

        let claims = book.changedClaims
        try LedgerStore.add(book.entries, cityVersion: city.profile.version, now: now, in: transaction)
        try ClaimStore.save(claims, partition: partition, in: transaction)
        try ClaimStore.save(withdrawn: book.withdrawn, in: transaction)
        try CapStore.add(capped: book.capped, now: now, in: transaction)
        try LedgerStore.move(book.entries, in: transaction)
        output.publish(book.entries.map { $0.published(now: now, traceparent: traces[$0.claim.key.caseID]) })
        for claim in claims where claim.isOpen {
            earliestExpiry = min(earliestExpiry ?? claim.expiresAt, claim.expiresAt)
        }
    }

    /// Reads and locks what the changes need, in two round trips whatever their number.
    private func page(
        for changes: [CaseChanged], city: City, in transaction: PostgresTransaction
    ) throws -> ClaimBook.Page {
        let cases = Set(changes.map(\.after.id)).sorted()
        let work = changes.flatMap { ClaimRules.earned(by: $0, city: city) }
        let refused = try CapStore.refused(cases: cases, in: transaction)
        let withdrawn = try ClaimStore.withdrawn(cases: cases, in: transaction)
        var page = ClaimBook.Page()
        page.claims = try ClaimStore.lock(cases: cases, in: transaction)
        page.refused = try CapStore.refused(refused)
        page.withdrawn = try ClaimStore.withdrawn(withdrawn)
        // Days of claims that may be taken back too, so that all days are locked in one go and in order.
        let days = Set(work.map(\.dayKey)).union(page.claims.filter(\.isOpen).map(\.dayKey))
        let accounts = try LedgerStore.accounts(of: Set(work.map(\.key.owner)), in: transaction)
        let numbers = try LedgerStore.reserveNumbers(work.count, in: transaction)
        page.totals = try CapStore.lockTotals(days, in: transaction)
        guard !work.isEmpty else { return page }
        page.accounts = try LedgerStore.accounts(accounts)
        page.numbers = try numbers.rows().decode(Int64.self)
        return page
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
        try LedgerStore.move(entries, in: transaction)
        output.publish(entries.map { $0.published(now: now) })
        earliestExpiry = try ClaimStore.earliestExpiry(partition: partition, in: transaction)
        hasLooked = true
    }
}

extension LedgerEntry {
    /// What is published of it: keyed by the account's owner, so that an owner's points stay in order.
    func published(now: Timestamp, traceparent: String? = nil) -> OutgoingMessage {
        OutgoingMessage(
            Ledger.message(self, now: now), on: .points, key: claim.key.owner.rawValue,
            subject: String(claim.transfer), time: now, traceparent: traceparent)
    }
}

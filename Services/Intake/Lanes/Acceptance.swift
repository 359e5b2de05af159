import City
import EventLog
import Messages
import Postgres

/// One item of input on its way into the database.
enum IntakeItem: Sendable {
    case submission(Submission, input: [UInt8])
    case refusal(Refusal)
}

/// What became of one item.
enum ItemOutcome: Sendable, Equatable {
    /// Durable now, or was already: the same answer.
    case accepted(trackingNumber: String, repeated: Bool)
    /// The source used the id before, for other content.
    case conflict(trackingNumber: String)
    /// Kept under a number, with the reasons.
    case rejected(number: Int64, reasons: [SubmissionFault])
}

/// Accepts input in the lane's transaction: reports, contacts, rejections, and what is published of them.
///
/// Used on one lane's thread.
final class Acceptance {
    private let city: City
    private let sealing: Sealing
    private let rules: AcceptanceRules
    private let numbers: ReportNumbers

    init(city: City, sealing: Sealing, rules: AcceptanceRules, numbers: ReportNumbers = ReportNumbers()) {
        self.city = city
        self.sealing = sealing
        self.rules = rules
        self.numbers = numbers
    }

    /// - Parameter areNew: No submission was sent before, or the transaction fails.
    /// - Returns: one outcome an item, in order.
    func accept(
        _ items: [IntakeItem], areNew: Bool = false, now: Timestamp, in transaction: PostgresTransaction,
        output: inout LaneOutput
    ) throws -> [ItemOutcome] {
        var outcomes = [ItemOutcome?](repeating: nil, count: items.count)
        var refusals: [(index: Int, refusal: Refusal)] = []
        var keys: Set<SourceKey> = []
        var again: [(index: Int, key: SourceKey, digest: [UInt8])] = []
        var fresh: [(index: Int, submission: Submission)] = []
        for (index, item) in items.enumerated() {
            switch item {
            case .refusal(let refusal):
                refusals.append((index, refusal))
            case .submission(let submission, let input):
                let faults = rules.faults(of: submission, now: now)
                if !faults.isEmpty {
                    refusals.append((index, Refusal(source: submission.source, input: input, reasons: faults)))
                    continue
                }
                let key = SourceKey(source: submission.source, id: submission.sourceID)
                if keys.insert(key).inserted {
                    fresh.append((index, submission))
                } else {
                    again.append((index, key, submission.digest))
                }
            }
        }
        let kept = try store(
            fresh, areNew: areNew, now: now, in: transaction, output: &output, outcomes: &outcomes)
        for (index, key, digest) in again {
            outcomes[index] = kept[key].map { repeated($0, digest: digest) }
        }
        try keep(refusals, now: now, in: transaction, output: &output, outcomes: &outcomes)
        return outcomes.map { $0 ?? .rejected(number: 0, reasons: []) }
    }

    /// Stores submissions of different keys.
    ///
    /// - Returns: what is stored under their keys now, be it new or from before.
    private func store(
        _ fresh: [(index: Int, submission: Submission)], areNew: Bool, now: Timestamp,
        in transaction: PostgresTransaction, output: inout LaneOutput, outcomes: inout [ItemOutcome?]
    ) throws -> [SourceKey: ReportStore.Known] {
        guard !fresh.isEmpty else { return [:] }
        let prefix = city.profile.trackingPrefix
        var writer = JSONWriter(capacity: 1_024)
        let reports = try fresh.map { index, submission in
            let report = rules.report(
                submission, id: ReportID(try numbers.next(in: transaction)), prefix: prefix, now: now)
            writer.removeAll()
            report.write(to: &writer)
            return ReportStore.NewReport(report: report, digest: submission.digest, document: writer.bytes)
        }
        let stored = try ReportStore.insert(reports, areNew: areNew, in: transaction)
        var kept =
            stored.count == reports.count
            ? [:]
            : try ReportStore.find(fresh.map { SourceKey(source: $0.1.source, id: $0.1.sourceID) }, in: transaction)
        var contacts: [(report: ReportID, contact: [UInt8])] = []
        for ((index, submission), new) in zip(fresh, reports) {
            let report = new.report
            let key = SourceKey(source: submission.source, id: submission.sourceID)
            guard stored.contains(report.id.value) else {
                guard let earlier = kept[key] else {
                    throw LaneError(.unavailable, "a report vanished while it was compared")
                }
                outcomes[index] = repeated(earlier, digest: submission.digest)
                continue
            }
            kept[key] = ReportStore.Known(id: report.id, digest: submission.digest)
            outcomes[index] = .accepted(trackingNumber: report.trackingNumber, repeated: false)
            if let contact = submission.contact { contacts.append((report.id, contact)) }
            output.publish(
                OutgoingMessage(
                    topic: .reports, key: laneKey(of: report), subject: report.id.description,
                    type: ReportAccepted.type, time: now, traceparent: submission.traceparent, payload: new.document))
        }
        try ContactStore.insert(contacts, sealing: sealing, in: transaction)
        return kept
    }

    /// What a submission gets whose key was used before: the same answer, if it says the same.
    private func repeated(_ earlier: ReportStore.Known, digest: [UInt8]) -> ItemOutcome {
        let tracking = TrackingNumber.text(of: earlier.id, prefix: city.profile.trackingPrefix)
        return earlier.digest == digest
            ? .accepted(trackingNumber: tracking, repeated: true) : .conflict(trackingNumber: tracking)
    }

    /// Reports of one community go through one lane, so that two of one problem cannot race.
    private func laneKey(of report: ReportAccepted) -> String {
        guard let grid = report.grid else { return "" }
        return (city.community(of: grid)?.code ?? grid).rawValue
    }

    private func keep(
        _ refusals: [(index: Int, refusal: Refusal)], now: Timestamp, in transaction: PostgresTransaction,
        output: inout LaneOutput, outcomes: inout [ItemOutcome?]
    ) throws {
        guard !refusals.isEmpty else { return }
        let numbers = try RejectionStore.insert(
            refusals.map(\.refusal), sealing: sealing, now: now, in: transaction)
        for ((index, refusal), number) in zip(refusals, numbers) {
            outcomes[index] = .rejected(number: number, reasons: refusal.reasons)
            let body = ReportRejected(
                id: number, source: refusal.source, receivedAt: now,
                reasons: refusal.reasons.map { .init(pointer: $0.pointer, slug: $0.slug.rawValue) })
            output.publish(
                OutgoingMessage(
                    body, on: .rejected, key: refusal.source.rawValue, subject: String(number), time: now))
        }
    }
}

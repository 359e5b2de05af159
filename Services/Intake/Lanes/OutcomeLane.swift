import City
import CityStore
import EventLog
import Messages
import Postgres

/// Follows cases, so that publishers can be told what became of their reports.
final class OutcomeHandler: LaneHandler {
    private let city: CityHolder

    init(city: CityHolder) { self.city = city }

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        let changes = output.decode(messages, as: CaseChanged.self).map(\.body)
        guard !changes.isEmpty else { return }
        try OutcomeStore.note(changes, now: now, in: transaction)
        let worthTelling = changes.filter { $0.isWorthTelling }
        guard !worthTelling.isEmpty else { return }
        let prefix = city.current.profile.trackingPrefix
        let reports = try OutcomeStore.reports(
            of: worthTelling.filter { !$0.isForItsReportAlone }.map(\.after.id),
            and: worthTelling.filter(\.isForItsReportAlone).compactMap(\.report), in: transaction)
        for change in worthTelling {
            for report in reports[change.after.id] ?? [] {
                if change.isForItsReportAlone, change.report != report.id { continue }
                let outcome = OutcomeReported(
                    trackingNumber: TrackingNumber.text(of: report.id, prefix: prefix), sourceID: report.sourceID,
                    caseNumber: change.after.number, state: change.after.state, onTheSpot: change.after.onTheSpot,
                    at: change.steps.last?.at ?? now)
                output.publish(
                    OutgoingMessage(
                        outcome, on: .outcomes(report.source.rawValue), key: report.id.description,
                        subject: report.id.description, time: now))
            }
        }
    }
}

extension CaseChanged {
    /// Publishers hear when their report gets its case, and when the case ends; not of every hand it passes through.
    fileprivate var isWorthTelling: Bool { report != nil || after.state.isFinal || after.state == .handled }

    /// A report that just joined is told of the case; the others need not hear of it again.
    fileprivate var isForItsReportAlone: Bool { report != nil && !after.state.isFinal }
}

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
        let notices = output.decode(messages, as: CaseNotice.self).map(\.body)
        guard !notices.isEmpty else { return }
        try OutcomeStore.note(notices, in: transaction)
        let worthTelling = notices.filter { $0.isWorthTelling }
        guard !worthTelling.isEmpty else { return }
        let prefix = city.current.profile.trackingPrefix
        let publications = try OutcomeStore.publications(of: worthTelling, in: transaction)
        for notice in worthTelling {
            for report in publications[notice.id] ?? [] {
                if notice.isForItsReportAlone, notice.report != report.id { continue }
                let outcome = OutcomeReported(
                    trackingNumber: TrackingNumber.text(of: report.id, prefix: prefix), sourceID: report.sourceID,
                    caseNumber: notice.number, state: notice.state, onTheSpot: notice.onTheSpot, at: notice.changedAt)
                output.publish(
                    OutgoingMessage(
                        outcome, on: .outcomes(report.source.rawValue), key: report.id.description,
                        subject: report.id.description, time: now))
            }
        }
    }
}

extension CaseNotice {
    /// Publishers hear when their report gets its case, and when the case ends; not of every hand it passes through.
    fileprivate var isWorthTelling: Bool { report != nil || state.isFinal || state == .handled }

    /// A report that just joined is told of the case; the others need not hear of it again.
    var isForItsReportAlone: Bool { report != nil && !state.isFinal }
}

import City
import Messages

/// What needs the time to be decided: whether a submission's times are believable.
struct AcceptanceRules: Sendable {
    /// How far in the future a publisher's clock may be.
    var futureMinutes = 10
    /// How old a matter may be when it is reported.
    var oldestDays = 400

    /// Faults of times at `now`; empty when all are believable.
    func faults(of submission: Submission, now: Timestamp) -> [SubmissionFault] {
        var faults: [SubmissionFault] = []
        let latest = now.advanced(bySeconds: Int64(futureMinutes) * 60)
        let earliest = now.advanced(bySeconds: -Int64(oldestDays) * 86_400)
        if submission.occurredAt > latest { faults.append(.init("/data/occurredAt", .timeInFuture)) }
        if submission.occurredAt < earliest { faults.append(.init("/data/occurredAt", .timeTooOld)) }
        if let onTheSpot = submission.onTheSpot, onTheSpot.handledAt > latest {
            faults.append(.init("/data/onTheSpot/handledAt", .timeInFuture))
        }
        return faults
    }

    func report(_ submission: Submission, id: ReportID, prefix: String, now: Timestamp) -> ReportAccepted {
        ReportAccepted(
            id: id, trackingNumber: TrackingNumber.text(of: id, prefix: prefix), source: submission.source,
            sourceID: submission.sourceID, occurredAt: submission.occurredAt, receivedAt: now,
            condition: submission.condition, title: submission.title, text: submission.text,
            address: submission.address, place: submission.place, grid: submission.grid,
            unlocatedReason: submission.unlocatedReason, finder: submission.finder, onTheSpot: submission.onTheSpot)
    }
}

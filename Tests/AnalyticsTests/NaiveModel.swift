import City
import Messages

@testable import Analytics

/// The indicators counted from messages by loops, as their definitions say, without a thought of speed.
struct NaiveModel {
    private var cases: [CaseID: PublicCase] = [:]
    /// Cases a handling deadline of which has passed.
    private var breached: Set<CaseID> = []
    private var resolved: [Int64: (state: PointsChanged.State, points: Int, at: Timestamp)] = [:]

    init(_ told: [Told]) {
        for one in told {
            switch one {
            case .change(let change):
                if change.after.version > cases[change.after.id]?.version ?? 0 { cases[change.after.id] = change.after }
            case .mark(let fired):
                if fired.kind == .handling, fired.mark == .breach { breached.insert(fired.caseID) }
            case .points(let change):
                if change.state != .pending { resolved[change.transfer] = (change.state, change.points, change.at) }
            case .report, .rejection: continue
            }
        }
    }

    /// Shanghai has been eight hours ahead of UTC since 1991.
    static func day(_ moment: Timestamp) -> CivilDay {
        CivilDay(daysSinceEpoch: Int((moment.seconds + 8 * 3_600) / 86_400))
    }

    func counts(_ period: Period) -> Counts {
        var counts = Counts()
        for one in cases.values where one.state != .declined && one.state != .void {
            let inPeriod = period.contains(Self.day(one.reportedAt))
            let isOpen = one.state != .closed
            let handled = one.state == .handled || one.state == .closed
            let late = breached.contains(one.id)
            if inPeriod || isOpen { counts[.inWork] += 1 }
            if isOpen { counts[.open] += 1 }
            if isOpen, !handled, late { counts[.overdue] += 1 }
            guard inPeriod else { continue }
            counts[.reported] += 1
            counts[.reports] += Int64(one.reports)
            if one.onTheSpot { counts[.onTheSpot] += 1 }
            if handled || late || one.reworks > 0 { counts[.due] += 1 }
            if handled { counts[.handled] += 1 }
            if handled, !late { counts[.onTime] += 1 }
            if one.state == .closed { counts[.closed] += 1 }
            if one.reworks > 0 { counts[.reworked] += 1 }
            if late { counts[.breached] += 1 }
        }
        for claim in resolved.values where period.contains(Self.day(claim.at)) {
            counts[.pointsResolved] += Int64(claim.points)
            if claim.state == .posted { counts[.pointsPosted] += Int64(claim.points) }
        }
        return counts
    }
}

import City
import Messages

/// A claim of points as far as messages have told of it.
///
/// Facts of one claim merge to the same whatever their order, and merging one twice changes nothing.
struct PointsFact: Hashable, Sendable {
    var transfer: Int64
    var state: PointsChanged.State
    var kind: String
    var points: Int
    var caseID: CaseID
    var grid: GridCode?
    /// When it was claimed; nil while that message is not here.
    var openedAt: Timestamp?
    /// When it was posted, voided or expired.
    var resolvedAt: Timestamp?

    init(_ change: PointsChanged) {
        transfer = change.transfer
        state = change.state
        kind = change.kind
        points = change.points
        caseID = change.caseID
        grid = change.grid
        openedAt = change.state == .pending ? change.at : nil
        resolvedAt = change.state == .pending ? nil : change.at
    }

    /// Adds what another fact of the same claim knows. A claim is resolved once, so pending never wins.
    mutating func merge(_ other: PointsFact) {
        if state == .pending { state = other.state }
        openedAt = openedAt ?? other.openedAt
        resolvedAt = resolvedAt ?? other.resolvedAt
    }

    /// One fact a claim, by number.
    static func digest(_ changes: [PointsChanged]) -> [PointsFact] {
        var facts: [Int64: PointsFact] = [:]
        for change in changes {
            let fact = PointsFact(change)
            if facts[fact.transfer]?.merge(fact) == nil { facts[fact.transfer] = fact }
        }
        return facts.values.sorted { $0.transfer < $1.transfer }
    }
}

import City
import Messages

/// One thing that happened to a transfer.
enum LedgerEntry: Hashable, Sendable {
    /// Points were set aside for the claim's owner.
    case opened(Claim)
    /// The claim was resolved as its state says.
    case resolved(Claim, reason: String?)

    var claim: Claim {
        switch self {
        case .opened(let claim), .resolved(let claim, _): claim
        }
    }
}

/// What entries do to balances and what others are told of them. Pure.
enum Ledger {
    /// The account every claim is paid from.
    static let pool: Int64 = 1
    /// Resolves claims that nobody reviewed and claims of cases that were reopened or voided.
    static let system = "rewards"
    /// Reason of a claim that was not reviewed in time.
    static let reviewMissed = "review-deadline-passed"

    /// How much a balance changes.
    struct Movement: Hashable, Sendable {
        var posted = 0
        var pending = 0
    }

    /// What entries do to each account; posted and pending sum to zero, each for itself.
    static func movements(_ entries: [LedgerEntry]) -> [Int64: Movement] {
        var movements: [Int64: Movement] = [:]
        for entry in entries {
            let claim = entry.claim
            for (account, points) in [(claim.account, claim.points), (pool, -claim.points)] {
                switch entry {
                case .opened:
                    movements[account, default: Movement()].pending += points
                case .resolved:
                    movements[account, default: Movement()].pending -= points
                    if claim.state == .posted { movements[account, default: Movement()].posted += points }
                }
            }
        }
        return movements
    }

    /// What entries do to the totals daily caps look at: voided and expired claims make room again.
    static func dayChanges(_ entries: [LedgerEntry]) -> [DayKey: Int] {
        var changes: [DayKey: Int] = [:]
        for entry in entries {
            switch entry {
            case .opened(let claim): changes[claim.dayKey, default: 0] += claim.points
            case .resolved(let claim, _):
                if claim.state != .posted { changes[claim.dayKey, default: 0] -= claim.points }
            }
        }
        return changes.filter { $0.value != 0 }
    }

    /// What others are told. A reviewer's own words stay here: they may name people.
    static func message(_ entry: LedgerEntry, now: Timestamp) -> PointsChanged {
        let claim = entry.claim
        let (state, by, reason): (PointsChanged.State, String, String?) =
            switch entry {
            case .opened: (.pending, system, nil)
            case .resolved(_, let reason):
                (claim.state, claim.resolvedBy ?? system, claim.resolvedBy == system ? reason : nil)
            }
        return PointsChanged(
            transfer: claim.transfer, state: state, owner: claim.key.owner, kind: claim.key.kind, points: claim.points,
            caseID: claim.key.caseID, grid: claim.grid, at: now, by: by, reason: reason)
    }
}

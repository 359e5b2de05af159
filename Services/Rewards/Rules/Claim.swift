import City
import Messages

/// Names a claim: for one case a post earns one kind of work once.
struct ClaimKey: Hashable, Comparable, Sendable {
    let caseID: CaseID
    let owner: PostCode
    /// Task kind of the tariff.
    let kind: String

    static func < (left: ClaimKey, right: ClaimKey) -> Bool {
        (left.caseID, left.owner, left.kind) < (right.caseID, right.owner, right.kind)
    }
}

/// What a daily cap counts.
struct DayKey: Hashable, Comparable, Sendable {
    let owner: PostCode
    let kind: String
    /// Day in the city's own time zone.
    let day: CivilDay

    static func < (left: DayKey, right: DayKey) -> Bool {
        (left.owner, left.kind, left.day) < (right.owner, right.kind, right.day)
    }
}

/// Work that may earn points.
struct EarnedWork: Hashable, Sendable {
    let key: ClaimKey
    let points: Int
    /// Most points of this kind a day.
    let dailyCap: Int
    /// Version of the case that earned it.
    let caseVersion: Int
    /// Where the work was done.
    let grid: GridCode?
    /// The grid whose reviewer decides: above ``grid``.
    let reviewGrid: GridCode
    let day: CivilDay

    var dayKey: DayKey { DayKey(owner: key.owner, kind: key.kind, day: day) }
}

/// A claim and where it stands.
struct Claim: Hashable, Sendable {
    let key: ClaimKey
    /// Number of the transfer at stake.
    let transfer: Int64
    /// Account of the owner.
    let account: Int64
    let points: Int
    let grid: GridCode?
    let reviewGrid: GridCode
    let day: CivilDay
    let openedAt: Timestamp
    let expiresAt: Timestamp
    /// Last version of the case that was applied to it.
    var caseVersion: Int
    /// Can become: posted, voided or expired, from pending only.
    var state: PointsChanged.State
    /// Who resolved it; nil while it is pending.
    var resolvedBy: String?

    var dayKey: DayKey { DayKey(owner: key.owner, kind: key.kind, day: day) }
    var isOpen: Bool { state == .pending }

    /// Whether the same work may be claimed again: only when the system took the claim back, as when a case was
    /// reopened. What a reviewer decided stands, and so does a review missed.
    var mayBeClaimedAgain: Bool { state == .voided && resolvedBy == Ledger.system }
}

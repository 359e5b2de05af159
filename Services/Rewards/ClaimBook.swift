import City
import Messages

/// The claims of the cases of one batch while messages are applied to them, in order. Pure.
struct ClaimBook {
    /// Claims that exist, by name.
    private(set) var claims: [ClaimKey: Claim]
    /// Points of pending and posted claims by person, kind and day.
    private var totals: [DayKey: Int]
    /// Accounts of all who may earn something in this batch.
    private let accounts: [PostCode: Int64]
    /// Numbers for new transfers, one for each piece of work at least.
    private var numbers: ArraySlice<Int64>
    private let city: City
    private let now: Timestamp

    /// What happened, in order.
    private(set) var entries: [LedgerEntry] = []
    private(set) var capped: [EarnedWork] = []
    /// Work that was refused for the cap before; a repeat of the message finds no room that opened since.
    private var refused: Set<RefusedWork>
    private(set) var changed: Set<ClaimKey> = []

    init(
        claims: [Claim], refused: Set<RefusedWork>, totals: [DayKey: Int], accounts: [PostCode: Int64],
        numbers: [Int64], city: City, now: Timestamp
    ) {
        self.refused = refused
        self.claims = Dictionary(uniqueKeysWithValues: claims.map { ($0.key, $0) })
        self.totals = totals
        self.accounts = accounts
        self.numbers = numbers[...]
        self.city = city
        self.now = now
    }

    /// Applies one change of a case. One that was applied before changes nothing.
    mutating func apply(_ change: CaseChanged) {
        if let reason = ClaimRules.revocation(by: change) { revoke(change, reason: reason) }
        for work in ClaimRules.earned(by: change, city: city) { open(work) }
    }

    private mutating func revoke(_ change: CaseChanged, reason: String) {
        let keys = claims.values.filter {
            $0.key.caseID == change.after.id && $0.isOpen && $0.caseVersion < change.after.version
        }.map(\.key)
        for key in keys.sorted() {
            guard var claim = claims[key] else { continue }
            claim.state = .voided
            claim.resolvedBy = Ledger.system
            claim.caseVersion = change.after.version
            claims[key] = claim
            changed.insert(key)
            totals[claim.dayKey, default: 0] -= claim.points
            entries.append(.resolved(claim, reason: reason))
        }
    }

    private mutating func open(_ work: EarnedWork) {
        if let former = claims[work.key] {
            guard former.mayBeClaimedAgain, former.caseVersion <= work.caseVersion else { return }
        }
        let refusal = RefusedWork(key: work.key, caseVersion: work.caseVersion)
        guard !refused.contains(refusal) else { return }
        let total = totals[work.dayKey, default: 0]
        guard total + work.points <= work.dailyCap else {
            capped.append(work)
            refused.insert(refusal)
            return
        }
        guard let number = numbers.popFirst(), let account = accounts[work.key.owner] else {
            preconditionFailure("a batch reserves a number and an account for all work it may find")
        }
        let claim = Claim(
            key: work.key, transfer: number, account: account, points: work.points, grid: work.grid,
            reviewGrid: work.reviewGrid, day: work.day, openedAt: now,
            expiresAt: now.advanced(bySeconds: Int64(city.profile.tariff.reviewDays) * 86_400),
            caseVersion: work.caseVersion, state: .pending, resolvedBy: nil)
        claims[work.key] = claim
        changed.insert(work.key)
        totals[work.dayKey] = total + work.points
        entries.append(.opened(claim))
    }
}

/// Names work that the daily cap refused.
struct RefusedWork: Hashable, Sendable {
    let key: ClaimKey
    let caseVersion: Int
}

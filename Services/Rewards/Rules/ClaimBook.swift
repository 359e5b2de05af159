import City
import Messages

/// The claims of the cases of one batch while changes are applied to them, in order. Pure.
///
/// A change that was applied before changes nothing, and one that was overtaken opens nothing that a later change has
/// taken back.
struct ClaimBook {
    /// What the database knows of the batch's cases and people.
    struct Page {
        var claims: [Claim] = []
        /// Version of each case from which on its claims do not hold.
        var withdrawn: [CaseID: Int] = [:]
        /// Work that was refused for the cap before; a repeat of the message finds no room that opened since.
        var refused: Set<RefusedWork> = []
        /// Points of pending and posted claims by person, kind and day.
        var totals: [DayKey: Int] = [:]
        /// Accounts of all who may earn something in this batch.
        var accounts: [PostCode: Int64] = [:]
        /// Numbers for new transfers, one for each piece of work at least.
        var numbers: [Int64] = []
    }

    private var page: Page
    private var numbers: ArraySlice<Int64>
    private var claims: [ClaimKey: Claim]
    private var keysByCase: [CaseID: Set<ClaimKey>]
    private var changed: Set<ClaimKey> = []
    private let city: City
    private let now: Timestamp

    /// What happened, in order.
    private(set) var entries: [LedgerEntry] = []
    /// Work that earned nothing for the cap.
    private(set) var capped: [EarnedWork] = []
    /// Cases whose claims were taken back, with the version.
    private(set) var withdrawn: [CaseID: Int] = [:]

    init(_ page: Page, city: City, now: Timestamp) {
        self.page = page
        numbers = page.numbers[...]
        claims = Dictionary(uniqueKeysWithValues: page.claims.map { ($0.key, $0) })
        keysByCase = Dictionary(grouping: page.claims.map(\.key), by: \.caseID).mapValues { Set($0) }
        self.city = city
        self.now = now
    }

    /// Claims to store, as they stand, by name.
    var changedClaims: [Claim] { changed.sorted().compactMap { claims[$0] } }

    /// The page lacks what work needs that it was read for.
    struct Shortage: Error, Hashable {
        var numbers: Int
        var accounts: Int
        var hasAccount: Bool
    }

    /// - Throws: ``Shortage``; the book is then of no more use.
    mutating func apply(_ change: CaseChanged) throws(Shortage) {
        if let withdrawal = ClaimRules.withdrawal(by: change) { withdraw(change.after.id, withdrawal) }
        for work in ClaimRules.earned(by: change, city: city) { try open(work) }
    }

    private mutating func withdraw(_ id: CaseID, _ withdrawal: ClaimRules.Withdrawal) {
        guard page.withdrawn[id, default: 0] < withdrawal.caseVersion else { return }
        page.withdrawn[id] = withdrawal.caseVersion
        withdrawn[id] = withdrawal.caseVersion
        for key in keysByCase[id, default: []].sorted() {
            guard var claim = claims[key], claim.isOpen, claim.caseVersion < withdrawal.caseVersion else { continue }
            claim.state = .voided
            claim.resolvedBy = Ledger.system
            claim.caseVersion = withdrawal.caseVersion
            store(claim)
            page.totals[claim.dayKey, default: 0] -= claim.points
            entries.append(.resolved(claim, reason: withdrawal.reason))
        }
    }

    private mutating func open(_ work: EarnedWork) throws(Shortage) {
        guard page.withdrawn[work.key.caseID, default: 0] < work.caseVersion else { return }
        if var former = claims[work.key] {
            if former.isOpen, former.caseVersion < work.caseVersion {
                // Closed again, and the reopening in between is still under way: it must not take this claim back.
                former.caseVersion = work.caseVersion
                store(former)
            }
            guard former.mayBeClaimedAgain else { return }
        }
        let refusal = RefusedWork(key: work.key, caseVersion: work.caseVersion)
        guard !page.refused.contains(refusal) else { return }
        let total = page.totals[work.dayKey, default: 0]
        guard total + work.points <= work.dailyCap else {
            capped.append(work)
            page.refused.insert(refusal)
            return
        }
        let account = page.accounts[work.key.owner]
        guard let number = numbers.first, let account else {
            throw Shortage(
                numbers: page.numbers.count, accounts: page.accounts.count, hasAccount: account != nil)
        }
        numbers.removeFirst()
        let claim = Claim(
            key: work.key, transfer: number, account: account, points: work.points, grid: work.grid,
            reviewGrid: work.reviewGrid, day: work.day, openedAt: now,
            expiresAt: now.advanced(bySeconds: Int64(city.profile.tariff.reviewDays) * 86_400),
            caseVersion: work.caseVersion, state: .pending, resolvedBy: nil)
        store(claim)
        page.totals[work.dayKey] = total + work.points
        entries.append(.opened(claim))
    }

    private mutating func store(_ claim: Claim) {
        claims[claim.key] = claim
        keysByCase[claim.key.caseID, default: []].insert(claim.key)
        changed.insert(claim.key)
    }
}

/// Names work that the daily cap refused.
struct RefusedWork: Hashable, Sendable {
    let key: ClaimKey
    let caseVersion: Int
}

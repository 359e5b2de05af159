import City
import Messages

/// Which work a change of a case makes worth points, and which claims it takes back. Pure.
///
/// A case that is closed earns, by the city's tariff:
///
/// | kind | who |
/// |--|--|
/// | `on-the-spot-handling` | the post that found it and handled it in one step |
/// | `valid-report` | the post that found it, when it was not handled on the spot |
/// | `handling` | the post that handled it, otherwise than on the spot |
/// | `joint-handling` | each post that assisted with a case reported up |
/// | `closing-check` | the post whose check closed it, unless it handled the case itself |
///
/// Only kinds the tariff has a rate for, and only posts of the grids' own forces: who works for a unit is paid by it.
enum ClaimRules {
    enum Kind {
        static let onTheSpot = "on-the-spot-handling"
        static let report = "valid-report"
        static let handling = "handling"
        static let joint = "joint-handling"
        static let check = "closing-check"
    }

    /// The work that closing the case makes worth points; empty when the message does not close it.
    static func earned(by change: CaseChanged, city: City) -> [EarnedWork] {
        let after = change.after
        guard after.state == .closed,
            let closing = change.steps.last(where: { $0.to == .closed && $0.from != .closed })
        else { return [] }
        let day = city.calendar.zone.day(of: closing.at)
        let reviewGrid = reviewGrid(of: after.grid, city: city)
        return workers(of: after, closedBy: PostCode(closing.by)).compactMap { kind, owner in
            guard let rate = city.profile.tariff.rates.first(where: { $0.kind == kind }), rate.points > 0,
                let post = city.post(owner), post.unit == nil
            else { return nil }
            return EarnedWork(
                key: ClaimKey(caseID: after.id, owner: owner, kind: kind), points: rate.points,
                dailyCap: rate.dailyCap, caseVersion: closing.version, grid: after.grid, reviewGrid: reviewGrid,
                day: day)
        }
    }

    /// - Parameter checker: A post, or the name of a service, which no post has.
    private static func workers(
        of after: PublicCase, closedBy checker: PostCode
    ) -> [(kind: String, owner: PostCode)] {
        if after.onTheSpot, let handler = after.handler, handler == after.finder {
            return [(Kind.onTheSpot, handler)]
        }
        var workers: [(String, PostCode)] = []
        if let finder = after.finder { workers.append((Kind.report, finder)) }
        if let handler = after.handler { workers.append((Kind.handling, handler)) }
        if after.path == .reportUp {
            for post in Set(after.assisting).sorted() where post != after.handler { workers.append((Kind.joint, post)) }
        }
        if checker != after.handler { workers.append((Kind.check, checker)) }
        return workers
    }

    /// That a case was closed in vain.
    struct Withdrawal: Hashable, Sendable {
        /// Version of the case from which on its claims do not hold.
        let caseVersion: Int
        /// Stable slug.
        let reason: String
    }

    /// Whether a change can open claims or take them back.
    static func concerns(_ notice: CaseNotice) -> Bool {
        notice.state == .closed || notice.passages.contains { takesBack(from: $0.from, to: $0.to) }
    }

    private static func takesBack(from: CaseState?, to: CaseState) -> Bool {
        to == .void && from != .void || from == .closed && to != .closed
    }

    /// The last step of the message that takes pending claims back; nil when none does.
    static func withdrawal(by change: CaseChanged) -> Withdrawal? {
        for step in change.steps.reversed() {
            guard takesBack(from: step.from, to: step.to) else { continue }
            return Withdrawal(
                caseVersion: step.version, reason: step.to == .void ? "case-voided" : "case-reopened")
        }
        return nil
    }

    /// The grid whose reviewer decides: of the tariff's level, and always above the grid the work was done in, but for
    /// the root, which has nobody above it.
    static func reviewGrid(of grid: GridCode?, city: City) -> GridCode {
        guard let grid, let place = city.grid(grid) else { return city.root.code }
        let level = max(1, min(city.profile.tariff.reviewerLevel, place.level - 1))
        return (city.ancestor(of: grid, level: level) ?? city.root).code
    }
}

import City
import Messages

/// Which work a change of a case makes worth points, and which it takes back. Pure.
///
/// A case that is closed earns, by the city's tariff:
///
/// | kind | who |
/// |--|--|
/// | `on-the-spot-handling` | the post that found it and handled it in one step |
/// | `valid-report` | the post that found it, when others handled it |
/// | `handling` | the post that handled it, otherwise than on the spot |
/// | `joint-handling` | each post that assisted |
///
/// Only kinds the tariff has a rate for, and only posts of the grids' own forces: who works for a unit is paid by it.
enum ClaimRules {
    enum Kind {
        static let onTheSpot = "on-the-spot-handling"
        static let report = "valid-report"
        static let handling = "handling"
        static let joint = "joint-handling"
    }

    /// The work that closing the case makes worth points; empty when the message does not close it.
    static func earned(by change: CaseChanged, city: City) -> [EarnedWork] {
        let after = change.after
        guard after.state == .closed,
            let closing = change.steps.last(where: { $0.to == .closed && $0.from != .closed })
        else { return [] }
        let day = city.calendar.zone.day(of: closing.at)
        let reviewGrid = reviewGrid(of: after.grid, city: city)
        return workers(of: after).compactMap { kind, owner in
            guard let rate = city.profile.tariff.rates.first(where: { $0.kind == kind }), rate.points > 0,
                let post = city.post(owner), post.unit == nil
            else { return nil }
            return EarnedWork(
                key: ClaimKey(caseID: after.id, owner: owner, kind: kind), points: rate.points,
                dailyCap: rate.dailyCap, caseVersion: after.version, grid: after.grid, reviewGrid: reviewGrid, day: day)
        }
    }

    private static func workers(of after: PublicCase) -> [(kind: String, owner: PostCode)] {
        var workers: [(String, PostCode)] = []
        if after.onTheSpot, let handler = after.handler, handler == after.finder {
            workers.append((Kind.onTheSpot, handler))
        } else {
            if let finder = after.finder, finder != after.handler { workers.append((Kind.report, finder)) }
            if let handler = after.handler { workers.append((Kind.handling, handler)) }
        }
        for post in Set(after.assisting).sorted() where post != after.handler { workers.append((Kind.joint, post)) }
        return workers
    }

    /// Why pending claims of the case are to be taken back; nil when they are not.
    static func revocation(by change: CaseChanged) -> String? {
        if change.steps.contains(where: { $0.to == .void }) { return "case-voided" }
        if change.steps.contains(where: { $0.from == .closed && $0.to != .closed }) { return "case-reopened" }
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

import City
import Messages

/// Who reviews, as the review's rules see them.
struct Reviewer: Hashable, Sendable {
    let post: PostCode
    let roles: Set<String>
    let jurisdiction: [GridCode]

    /// Whether they may decide on work whose reviewer sits in `grid`: holds the tariff's role there or further up.
    func reviews(for grid: GridCode, city: City) -> Bool {
        // A grid that was dissolved since leaves its claims to the whole city.
        let seat = city.grid(grid)?.code ?? city.root.code
        return holdsRole(city: city) && jurisdiction.contains { city.isInside(seat, jurisdiction: $0) }
    }

    func holdsRole(city: City) -> Bool { roles.contains(city.profile.tariff.reviewerRole) }
}

/// What a reviewer decides.
enum ReviewDecision: String, Sendable, CaseIterable {
    case post
    case void

    /// The state a claim has afterwards.
    var state: PointsChanged.State { self == .post ? .posted : .voided }
}

/// What came of a decision on one claim.
enum ReviewOutcome: Hashable, Sendable {
    /// It stands as decided, now or since an earlier, equal decision of whomever.
    case done(Claim)
    /// There is no such claim, or the reviewer may not know of it.
    case notFound
    /// Nobody reviews their own work.
    case ownWork
    /// It had been resolved otherwise, or its time for review is over.
    case alreadyResolved(PointsChanged.State)
}

/// Whether a decision may be taken. Pure.
enum ReviewRules {
    enum Verdict: Hashable {
        /// Take it: the claim as it is afterwards.
        case resolve(Claim)
        /// Nothing is to be done.
        case answer(ReviewOutcome)
    }

    static func judge(
        _ claim: Claim?, decision: ReviewDecision, by reviewer: Reviewer, city: City, now: Timestamp
    ) -> Verdict {
        guard var claim, reviewer.reviews(for: claim.reviewGrid, city: city) else { return .answer(.notFound) }
        guard claim.key.owner != reviewer.post else { return .answer(.ownWork) }
        guard claim.isOpen else {
            return .answer(claim.state == decision.state ? .done(claim) : .alreadyResolved(claim.state))
        }
        // The lane of the case is about to let it expire.
        guard now < claim.expiresAt else { return .answer(.alreadyResolved(.expired)) }
        claim.state = decision.state
        claim.resolvedBy = reviewer.post.rawValue
        return .resolve(claim)
    }
}

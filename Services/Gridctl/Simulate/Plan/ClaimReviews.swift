import City

/// How reviewers decide on claims of points: most are posted, some voided, some forgotten until they expire.
struct ClaimReviews {
    /// One reviewer's decision on several claims.
    struct Decision: Hashable, Sendable {
        var reviewer: PostCode
        var isPosted: Bool
        var transfers: [Int64] = []
    }

    /// Parts of a thousand claims.
    private static let posted = 930
    private static let decided = 955
    /// Claims of one request.
    private static let most = 400

    private let city: City
    /// Claims that will not be looked at again.
    private var forgotten: Set<Int64> = []

    init(city: City) { self.city = city }

    /// What is decided on the claims that wait; large enough requests, in the order of reviewers.
    ///
    /// - Parameter lot: The number drawn for the matter of a case, so that the same month has the same reviews.
    mutating func decide(_ claims: [CaseLookup.OpenClaim], lot: (CaseID) -> Int) -> [Decision] {
        var decisions: [Decision: [Int64]] = [:]
        let tariff = city.profile.tariff
        for claim in claims where !forgotten.contains(claim.transfer) {
            // Claims of one case have different fates.
            let lot = (lot(claim.caseID) + claim.kind.utf8.count * 37) % 1_000
            guard lot < Self.decided,
                let reviewer = city.holder(
                    ofRole: tariff.reviewerRole, from: claim.reviewGrid, level: tariff.reviewerLevel)
            else {
                forgotten.insert(claim.transfer)
                continue
            }
            let decision = Decision(reviewer: reviewer.code, isPosted: lot < Self.posted)
            decisions[decision, default: []].append(claim.transfer)
        }
        return decisions.sorted { ($0.key.reviewer, $0.value[0]) < ($1.key.reviewer, $1.value[0]) }
            .flatMap { decision, transfers in
                stride(from: 0, to: transfers.count, by: Self.most).map { first in
                    let part = Array(transfers[first..<min(first + Self.most, transfers.count)])
                    return Decision(reviewer: decision.reviewer, isPosted: decision.isPosted, transfers: part)
                }
            }
    }
}

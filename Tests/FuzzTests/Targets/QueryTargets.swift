import City
import HummingbirdCore

@testable import Rewards

extension FuzzTarget {
    static let queryTargets = [FuzzTarget("queries") { try Queries.check($0) }]
}

/// Filters of lists stay within what may be asked for.
private enum Queries {
    static func check(_ bytes: [UInt8]) throws {
        let query = URI("/v1/claims?\(bytes.text)").queryParameters
        let reviewer = Reviewer(post: PostCode("W1"), roles: ["grid-worker"], jurisdiction: [GridCode("T-1")])
        guard let filter = try? ClaimFilterReader.filter(query, reviewer: reviewer, city: FuzzCity.city) else { return }
        try promise((1...API.mostEntries).contains(filter.limit), "\(filter.limit) entries")
        try promise(filter.grids?.isEmpty != true, "a filter for no grid")
        try promise(filter.reviewGrids?.allSatisfy { $0.rawValue.hasPrefix("T-1") } == true, "beyond the jurisdiction")
    }
}

import City
import Hummingbird
import Messages
import ServiceKit

/// Reads which claims somebody asks for, within what they may review.
enum ClaimFilterReader {
    static func filter(_ query: Parameters, reviewer: Reviewer, city: City) throws(Problem) -> ClaimStore.Filter {
        var filter = ClaimStore.Filter(
            state: .pending, reviewGrids: reviewGrids(reviewer, city: city), grids: nil, after: 0, limit: 100)
        if let text = query["state"] {
            guard let state = PointsChanged.State(rawValue: String(text)) else { throw Problem(.badRequest) }
            filter.state = state
        }
        if let text = query["grid"] {
            let inside = city.grids(inside: GridCode(String(text))).map(\.code)
            guard !inside.isEmpty else { throw Problem(.badRequest) }
            filter.grids = inside
        }
        if let text = query["after"] {
            guard let after = Int64(text) else { throw Problem(.badRequest) }
            filter.after = after
        }
        if let text = query["limit"] {
            guard let limit = Int(text), (1...API.mostEntries).contains(limit) else { throw Problem(.badRequest) }
            filter.limit = limit
        }
        return filter
    }

    /// Nil for the whole city, with the grids it no longer has.
    private static func reviewGrids(_ reviewer: Reviewer, city: City) -> [GridCode]? {
        guard !reviewer.jurisdiction.contains(city.root.code) else { return nil }
        return reviewer.jurisdiction.flatMap { city.grids(inside: $0).map(\.code) }
    }
}

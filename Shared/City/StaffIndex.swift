/// Posts and units of a city, by code, by grid, and by role within a grid.
struct StaffIndex: Sendable {
    private struct Seat: Hashable {
        var grid: GridCode
        var role: String
    }

    private let posts: [PostCode: StaffPost]
    private let postsByGrid: [GridCode: [StaffPost]]
    private let postsBySeat: [Seat: [StaffPost]]
    private let units: [UnitCode: Unit]
    private let unitsByGrid: [GridCode: [Unit]]

    /// - Throws: ``CityFault`` when codes repeat or a post or unit refers to what is not there.
    init(_ profile: Profile, tree: GridTree) throws(CityFault) {
        posts = try indexed(profile.posts, kind: "post", by: \.code)
        units = try indexed(profile.units, kind: "unit", by: \.code)
        for unit in profile.units where tree.position(of: unit.grid) == nil {
            throw .unknown(kind: "grid", code: unit.grid.rawValue, referredToBy: "unit \(unit.code)")
        }
        for post in profile.posts {
            guard tree.position(of: post.grid) != nil else {
                throw .unknown(kind: "grid", code: post.grid.rawValue, referredToBy: "post \(post.code)")
            }
            if let unit = post.unit, units[unit] == nil {
                throw .unknown(kind: "unit", code: unit.rawValue, referredToBy: "post \(post.code)")
            }
        }
        let sorted = profile.posts.sorted { $0.code < $1.code }
        postsByGrid = Dictionary(grouping: sorted, by: \.grid)
        postsBySeat = Dictionary(grouping: sorted) { Seat(grid: $0.grid, role: $0.role) }
        unitsByGrid = Dictionary(grouping: profile.units.sorted { $0.code < $1.code }, by: \.grid)
    }

    func post(_ code: PostCode) -> StaffPost? { posts[code] }
    func unit(_ code: UnitCode) -> Unit? { units[code] }
    func posts(in grid: GridCode) -> [StaffPost] { postsByGrid[grid] ?? [] }
    func posts(in grid: GridCode, role: String) -> [StaffPost] { postsBySeat[Seat(grid: grid, role: role)] ?? [] }
    func units(in grid: GridCode) -> [Unit] { unitsByGrid[grid] ?? [] }
}

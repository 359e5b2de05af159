/// One version of a city, checked and indexed for services: every question costs a look-up or two.
///
/// A value that never changes. A service takes it once per batch and works with that, so that everything in a batch is
/// decided by one version. Codes that a city does not have give nil, false or an empty list, as a message may well
/// name a grid of a version before.
public struct City: Sendable {
    public let profile: Profile
    /// Limits become deadlines here.
    public let calendar: WorkingCalendar
    /// The rectangle around all grids.
    public let boundingBox: BoundingBox

    private let tree: GridTree
    private let locator: GridLocator
    /// Positions in the tree of the leaves, in the locator's order.
    private let leafPositions: [Int]
    private let staff: StaffIndex
    private let categories: [CategoryCode: Category]
    private let conditions: [ConditionCode: FilingCondition]
    private let conditionsByCategory: [CategoryCode: [FilingCondition]]
    private let sources: [SourceCode: Source]

    /// - Parameter zone: The rules of ``Profile/timeZone``.
    /// - Throws: ``CityFault`` when codes repeat, references lead nowhere, limits are out of range or grids form no tree;
    ///   ``WorkingCalendar/Fault`` when working time or holidays contradict themselves. Geometry is trusted to have been
    ///   checked when the profile was loaded, but for being there.
    public init(profile: Profile, zone: TimeZoneRules) throws {
        guard zone.name == profile.timeZone else {
            throw CityFault.wrongZone(expected: profile.timeZone, given: zone.name)
        }
        self.profile = profile
        calendar = try WorkingCalendar(zone: zone, workingTime: profile.workingTime, holidays: profile.holidays)

        let tree = try GridTree(profile.grids)
        for grid in tree.grids where !grid.area.isPlausible { throw CityFault.badArea(grid.code) }
        let boxes = tree.grids.compactMap(\.area.boundingBox)
        boundingBox = boxes.dropFirst().reduce(boxes[0]) { $0.union($1) }  // A tree has a root, and it has an area.
        leafPositions = tree.grids.indices.filter(tree.isLeaf)
        locator = GridLocator(leafPositions.map { tree.grids[$0].area })
        self.tree = tree
        staff = try StaffIndex(profile, tree: tree)

        categories = try indexed(profile.categories, kind: "category", by: \.code)
        conditions = try indexed(profile.conditions, kind: "filing condition", by: \.code)
        sources = try indexed(profile.sources, kind: "source", by: \.code)
        conditionsByCategory = Dictionary(grouping: profile.conditions, by: \.category)
        for (category, conditions) in conditionsByCategory where categories[category] == nil {
            throw CityFault.unknown(
                kind: "category", code: category.rawValue, referredToBy: "filing condition \(conditions[0].code)")
        }
        for (owner, limit) in profile.limits where !TimeLimit.amounts.contains(limit.amount) {
            throw CityFault.badLimit(of: owner, limit)
        }
    }

    // MARK: Catalogue and sources

    public func category(_ code: CategoryCode) -> Category? { categories[code] }
    public func condition(_ code: ConditionCode) -> FilingCondition? { conditions[code] }
    public func source(_ code: SourceCode) -> Source? { sources[code] }

    /// The filing conditions of a category, in the profile's order.
    public func conditions(of category: CategoryCode) -> [FilingCondition] { conditionsByCategory[category] ?? [] }

    // MARK: Grids

    /// All grids, the root first; a grid is followed by everything inside it. Positions here are what ``index(of:)`` gives.
    public var grids: [Grid] { tree.grids }
    public var root: Grid { tree.grids[0] }

    /// The grids that are not divided further, together the cover of the city.
    public var leaves: [Grid] { leafPositions.map { tree.grids[$0] } }

    /// A dense number for a grid, 0 ..< the number of grids, for tables held by position. Valid in this version only.
    public func index(of grid: GridCode) -> Int? { tree.position(of: grid) }

    public func grid(_ code: GridCode) -> Grid? { index(of: code).map { tree.grids[$0] } }

    public func parent(of grid: GridCode) -> Grid? { self.grid(grid)?.parent.flatMap(self.grid) }

    /// The grids around a grid, its parent first, the root last.
    public func ancestors(of grid: GridCode) -> [Grid] {
        guard let position = index(of: grid) else { return [] }
        return tree.path(to: position).dropLast().reversed().map { tree.grids[Int($0)] }
    }

    /// The grid of that level that a grid is or lies in; nil when the grid is above the level.
    public func ancestor(of grid: GridCode, level: Int) -> Grid? {
        guard let position = index(of: grid) else { return nil }
        let path = tree.path(to: position)
        guard path.indices.contains(level - 1) else { return nil }
        return tree.grids[Int(path[level - 1])]
    }

    /// The community of a grid: the grid of the policy's community level that it is or lies in.
    public func community(of grid: GridCode) -> Grid? { ancestor(of: grid, level: profile.policy.communityLevel) }

    /// The grids a grid is divided into, by code.
    public func children(of grid: GridCode) -> [Grid] {
        guard let position = index(of: grid) else { return [] }
        return tree.children(of: position).map { tree.grids[$0] }
    }

    /// A grid and all grids inside it, of every level.
    public func grids(inside grid: GridCode) -> ArraySlice<Grid> {
        guard let position = index(of: grid) else { return [] }
        return tree.grids[tree.subtree(of: position)]
    }

    /// Whether a grid is, or lies in, the grid somebody has powers over.
    public func isInside(_ grid: GridCode, jurisdiction: GridCode) -> Bool {
        guard let position = index(of: grid), let around = index(of: jurisdiction) else { return false }
        return tree.subtree(of: around).contains(position)
    }

    /// The leaf a place lies in; nil outside the city. On borders as ``GridLocator`` says.
    ///
    /// - Parameter place: WGS84.
    public func locate(_ place: Coordinate) -> Grid? {
        locator.locate(place).map { tree.grids[leafPositions[$0]] }
    }

    // MARK: Posts and units

    public func post(_ code: PostCode) -> StaffPost? { staff.post(code) }
    public func unit(_ code: UnitCode) -> Unit? { staff.unit(code) }

    /// Posts of exactly that grid, by code.
    public func posts(in grid: GridCode) -> [StaffPost] { staff.posts(in: grid) }

    /// Posts of exactly that grid with that role, by code.
    public func posts(in grid: GridCode, role: String) -> [StaffPost] { staff.posts(in: grid, role: role) }

    /// Units of exactly that grid, by code.
    public func units(in grid: GridCode) -> [Unit] { staff.units(in: grid) }

    /// Who holds a role for a grid: sought first in the grid of `level` around it, then upwards to the root.
    ///
    /// - Parameter level: Where the search begins; a grid above that level begins with itself.
    /// - Returns: All holders in the first grid that has any, by code; empty when there is none up to the root.
    public func holders(ofRole role: String, from grid: GridCode, level: Int) -> [StaffPost] {
        guard let position = index(of: grid) else { return [] }
        let path = tree.path(to: position)
        for ancestor in path.prefix(max(level, 1)).reversed() {
            let holders = staff.posts(in: tree.grids[Int(ancestor)].code, role: role)
            if !holders.isEmpty { return holders }
        }
        return []
    }

    /// The one who holds a role for a grid: the first of ``holders(ofRole:from:level:)``, so always the same.
    public func holder(ofRole role: String, from grid: GridCode, level: Int) -> StaffPost? {
        holders(ofRole: role, from: grid, level: level).first
    }
}

/// Things by their codes.
///
/// - Throws: ``CityFault/duplicate(kind:code:)``
func indexed<Thing, Key: Code>(
    _ things: [Thing], kind: String, by code: KeyPath<Thing, Key>
) throws(CityFault) -> [Key: Thing] {
    var index: [Key: Thing] = Dictionary(minimumCapacity: things.count)
    for thing in things where index.updateValue(thing, forKey: thing[keyPath: code]) != nil {
        throw .duplicate(kind: kind, code: thing[keyPath: code].rawValue)
    }
    return index
}

extension Profile {
    /// All time limits, with the words for what they belong to.
    fileprivate var limits: [(owner: String, limit: TimeLimit)] {
        let clocks = policy.clocks
        return conditions.map { ("filing condition \($0.code)", $0.limit) } + [
            ("dispatch", clocks.dispatch), ("accept", clocks.accept), ("check", clocks.check),
            ("handling", clocks.defaultHandling),
        ]
    }
}

extension MultiPolygon {
    /// Has coordinates, and all of them are degrees.
    fileprivate var isPlausible: Bool {
        let coordinates = polygons.lazy.flatMap { $0.rings.joined() }
        return !coordinates.isEmpty && coordinates.allSatisfy(\.isValid)
    }
}

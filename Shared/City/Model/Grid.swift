/// A grid (网格): a piece of the city somebody is answerable for.
///
/// Grids form a tree. The children of a grid cover it without gap or overlap; that is checked when a profile is loaded.
public struct Grid: Hashable, Sendable, Codable {
    /// What the grid is cut for.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Part of the full cover of the city.
        case base
        /// One institution with a boundary of its own (专属网格): a hospital, a market, a school.
        case special
    }

    public var code: GridCode
    /// The grid this one is a part of; nil for the root.
    public var parent: GridCode?
    /// Depth in the tree, from 1 for the root. What a level is called is data: ``Profile/levels``.
    public var level: Int
    public var kind: Kind
    public var name: LocalizedText
    /// Households that live in the grid; 0 where nobody does.
    public var households: Int
    public var area: MultiPolygon

    public init(
        code: GridCode, parent: GridCode?, level: Int, kind: Kind, name: LocalizedText, households: Int,
        area: MultiPolygon
    ) {
        self.code = code
        self.parent = parent
        self.level = level
        self.kind = kind
        self.name = name
        self.households = households
        self.area = area
    }
}

/// What grids of one depth are called, such as level 3: community grid (社区网格).
public struct GridLevel: Hashable, Sendable, Codable {
    public var level: Int
    /// Stable slug, such as `community`.
    public var slug: String
    public var name: LocalizedText

    public init(level: Int, slug: String, name: LocalizedText) {
        self.level = level
        self.slug = slug
        self.name = name
    }
}

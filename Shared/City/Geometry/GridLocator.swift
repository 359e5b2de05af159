/// Finds the one grid a place lies in, among the leaves of the tree, in well under a microsecond.
///
/// The ground is divided into cells about a third of a grid wide. Most cells lie wholly inside one grid and answer at once;
/// the others list the grids whose borders cross them, which are tried exactly.
///
/// A place on a border that two grids share belongs to exactly one of them, always the same: borders belong to the grid east
/// of them, or north where they run east. The outer border of the cover belongs to the cover. Should areas overlap, the
/// earlier in the list wins.
public struct GridLocator: Sendable {
    /// How far off an outer border a place still counts as on it, in degrees: a tenth of a millimetre, for rounding.
    static let tolerance = 1e-9

    /// An area that a border makes uncertain in a cell, with those of its edges that come near the cell's row: the only
    /// ones a ray due east from a place in the cell can meet.
    struct Candidate: Sendable {
        var area: Int32
        var firstEdge: Int32
        var edgeCount: Int32
    }

    private let raster: CellRaster
    /// What each cell holds.
    private let contents: [CellContents]
    /// Candidates of all undecided cells, cell by cell, in ascending order of areas.
    private let candidates: [Candidate]
    /// Where each undecided cell's candidates begin, and behind the last, where they end.
    private let lists: [Int32]
    /// Edges of all areas, area by area and row by row.
    private let edges: [BorderEdge]

    /// - Parameter areas: Areas that do not overlap, in valid degrees; ``locate(longitude:latitude:)`` answers with positions
    ///   in this list.
    public init(_ areas: [MultiPolygon]) {
        var builder = GridLocatorBuilder(areas)
        for (number, area) in areas.enumerated() { builder.add(area, number: number) }
        raster = builder.raster
        edges = builder.edges
        (contents, candidates, lists) = builder.packed()
    }

    /// The position of the area that has the place; nil when none has, or when the numbers are no place.
    public func locate(longitude: Double, latitude: Double) -> Int? {
        guard let cell = raster.cell(longitude: longitude, latitude: latitude) else { return nil }
        switch contents[cell].meaning {
        case .empty: return nil
        case .inside(let area): return area
        case .undecided(let list): return decide(among: lists[list]..<lists[list + 1], longitude, latitude)
        }
    }

    /// The position of the area that has the place, as ``locate(longitude:latitude:)`` finds it.
    public func locate(_ place: Coordinate) -> Int? {
        locate(longitude: place.longitude, latitude: place.latitude)
    }

    /// Many places at once, in their order.
    public func locate(_ places: [Coordinate]) -> [Int?] { places.map { locate($0) } }

    private func decide(among list: Range<Int32>, _ x: Double, _ y: Double) -> Int? {
        for index in list where contains(candidates[Int(index)], x, y) { return Int(candidates[Int(index)].area) }
        // In no area by the half-open rule: on the outer border perhaps, or in a slit of rounding between two borders
        // that do not share their vertices.
        for index in list where touches(candidates[Int(index)], x, y) { return Int(candidates[Int(index)].area) }
        return nil
    }

    /// Even-odd rule over all rings of an area: an odd number of its edges lies east of the place.
    private func contains(_ candidate: Candidate, _ x: Double, _ y: Double) -> Bool {
        var count = 0
        for index in candidate.edgeRange { count &+= edges[index].countEast(of: x, y) }
        return count & 1 == 1
    }

    private func touches(_ candidate: Candidate, _ x: Double, _ y: Double) -> Bool {
        candidate.edgeRange.contains { edges[$0].squaredDistance(x, y) <= Self.tolerance * Self.tolerance }
    }
}

extension GridLocator.Candidate {
    fileprivate var edgeRange: Range<Int> { Int(firstEdge)..<Int(firstEdge) + Int(edgeCount) }
}

/// Why a drawing could not be made.
struct DrawingError: Error, CustomStringConvertible {
    var description: String
}

/// The smallest grids of a drawing: cells that cover a rounded area, with bent borders, sharing every vertex exactly.
struct CellMesh: Sendable {
    /// The outline of each cell, counter-clockwise, not closed.
    let outlines: [[MicroPoint]]
    /// The middle of each cell.
    let centres: [PlanePoint]
    /// For each cell the cells it has a border with, ascending.
    let neighbours: [[Int]]

    /// - Parameters:
    ///   - cells: How many cells, at least one.
    ///   - squareMetres: Area of all cells together.
    ///   - aspect: Width through height of the whole.
    init(seed: UInt64, cells: Int, squareMetres: Double, aspect: Double, plane: LocalPlane) throws {
        let height = (squareMetres / aspect).squareRoot() / 2
        let half = PlanePoint(x: height * aspect, y: height)
        let sites = Self.spread(seed: seed, cells: cells, half: half)
        let skeleton = Triangulation(sites: sites)

        let inner = try Self.choose(cells, of: sites, half: half, skeleton: skeleton, seed: seed)
        let area = inner.reduce(0.0) { sum, site in sum + Self.area(Self.corners(of: site, skeleton)) }
        let scale = (squareMetres / area).squareRoot()
        let borders = Borders(sites: sites, skeleton: skeleton, scale: scale, seed: seed, plane: plane)

        let cellOfSite = Dictionary(uniqueKeysWithValues: inner.enumerated().map { ($1, $0) })
        var outlines: [[MicroPoint]] = []
        var neighbours: [[Int]] = []
        for site in inner {
            let (outline, around) = try borders.outline(of: site)
            outlines.append(outline)
            neighbours.append(around.compactMap { cellOfSite[$0] }.sorted())
        }
        self.outlines = outlines
        self.neighbours = neighbours
        centres = inner.map { sites[$0] * scale }
    }

    /// Sites spread evenly (Lloyd's relaxation) over more than the area, then drawn together towards the middle, where
    /// a town is denser.
    private static func spread(seed: UInt64, cells: Int, half: PlanePoint) -> [PlanePoint] {
        var random = SeededRandom(seed: seed, part: 1)
        let margin = 1.0 + 3.2 / Double(cells).squareRoot()
        let reach = half * (1.1 * margin)
        let count = Int((Double(cells) * 1.1 * 1.1 * margin * margin).rounded()) + 12
        var sites = (0..<count).map { _ in
            PlanePoint(x: (random.unit() * 2 - 1) * reach.x, y: (random.unit() * 2 - 1) * reach.y)
        }
        for _ in 0..<6 {
            let skeleton = Triangulation(sites: sites)
            for site in sites.indices {
                guard skeleton.fans[site] != nil else { continue }
                let middle = centroid(corners(of: site, skeleton))
                guard abs(middle.x) < reach.x, abs(middle.y) < reach.y else { continue }
                sites[site] = middle
            }
        }
        return sites.map { site in
            let distance = (site.x / reach.x) * (site.x / reach.x) + (site.y / reach.y) * (site.y / reach.y)
            return site * (0.86 + 0.14 * min(distance, 1))
        }
    }

    /// The sites nearest to the middle by a measure whose circles are rounded, dented rectangles.
    private static func choose(
        _ cells: Int, of sites: [PlanePoint], half: PlanePoint, skeleton: Triangulation, seed: UInt64
    ) throws -> [Int] {
        var random = SeededRandom(seed: seed, part: 2)
        let dents = (0..<9).map { _ in random.unit() * 0.5 + 0.75 }
        func distance(_ site: PlanePoint) -> Double {
            let east = site.x / half.x
            let north = site.y / half.y
            // Nine dents in a three by three pattern, blended, so that the outline is no regular figure.
            let column = min(max(east + 1, 0), 1.999)
            let row = min(max(north + 1, 0), 1.999)
            let corner = Int(column) + 3 * Int(row)
            let (u, v) = (column - column.rounded(.down), row - row.rounded(.down))
            let below = dents[corner] * (1 - u) + dents[corner + 1] * u
            let above = dents[corner + 3] * (1 - u) + dents[corner + 4] * u
            let dent = below * (1 - v) + above * v
            return (east * east * east * east + north * north * north * north) * dent
        }
        let ranked = sites.indices.sorted { (distance(sites[$0]), $0) < (distance(sites[$1]), $1) }
        let chosen = Array(ranked.prefix(cells))
        guard chosen.count == cells, chosen.allSatisfy({ skeleton.fans[$0] != nil }) else {
            throw DrawingError(description: "the area has no room for \(cells) grids; try another seed")
        }
        // From the north-west, in bands, as people number blocks.
        let band = half.y / 4
        func order(_ site: Int) -> (Double, Double) { (-(sites[site].y / band).rounded(), sites[site].x) }
        return chosen.sorted { order($0) < order($1) }
    }

    private static func corners(of site: Int, _ skeleton: Triangulation) -> [PlanePoint] {
        (skeleton.fans[site] ?? []).map { skeleton.triangles[$0].centre }
    }

    private static func area(_ ring: [PlanePoint]) -> Double {
        zip(ring, ring.dropFirst() + ring.prefix(1)).reduce(0.0) { $0 + $1.0.cross($1.1) } / 2
    }

    private static func centroid(_ ring: [PlanePoint]) -> PlanePoint {
        var middle = PlanePoint(x: 0, y: 0)
        var weight = 0.0
        for (here, next) in zip(ring, ring.dropFirst() + ring.prefix(1)) {
            let share = here.cross(next)
            middle = middle + (here + next) * share
            weight += share
        }
        return middle * (1 / (3 * weight))
    }
}

/// The bent borders between cells. Each is drawn once and walked in both directions by the two cells it parts.
private struct Borders {
    let sites: [PlanePoint]
    let skeleton: Triangulation
    let scale: Double
    let seed: UInt64
    let plane: LocalPlane

    /// The outline of one cell, and the sites beyond its borders.
    func outline(of site: Int) throws -> (outline: [MicroPoint], around: [Int]) {
        let fan = skeleton.fans[site] ?? []
        var outline: [MicroPoint] = []
        var around: [Int] = []
        for (triangle, next) in zip(fan, fan.dropFirst() + fan.prefix(1)) {
            let other = try sharedSite(triangle, next, besides: site)
            let line = border(from: triangle, to: next, between: site, other)
            guard line.count > 1 else {
                throw DrawingError(description: "two corners of a grid coincide; try another seed")
            }
            outline += line.dropLast()
            around.append(other)
        }
        return (outline, around)
    }

    private func sharedSite(_ first: Int, _ second: Int, besides site: Int) throws -> Int {
        let left = skeleton.triangles[first].corners
        let right = skeleton.triangles[second].corners
        for candidate in [left.0, left.1, left.2] where candidate != site {
            if candidate == right.0 || candidate == right.1 || candidate == right.2 { return candidate }
        }
        throw DrawingError(description: "neighbouring grids do not meet; try another seed")
    }

    private func border(from first: Int, to second: Int, between site: Int, _ other: Int) -> [MicroPoint] {
        let (low, high) = (min(first, second), max(first, second))
        var random = SeededRandom(seed: seed, part: min(site, other), max(site, other))
        let line = WobblyBorder.line(
            from: skeleton.triangles[low].centre * scale, to: skeleton.triangles[high].centre * scale,
            between: (sites[min(site, other)] * scale, sites[max(site, other)] * scale), random: &random)
        var points: [MicroPoint] = []
        for point in line.map(plane.micro) where point != points.last { points.append(point) }
        return first == low ? points : points.reversed()
    }
}

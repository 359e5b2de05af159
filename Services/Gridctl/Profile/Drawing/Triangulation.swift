/// The Delaunay triangulation of a set of sites (Bowyer–Watson): the skeleton of the cells around them.
struct Triangulation: Sendable {
    struct Triangle: Sendable {
        /// Site indexes, counter-clockwise.
        var corners: (Int, Int, Int)
        /// The point at equal distance from the three sites: a corner of their three cells.
        var centre: PlanePoint
        fileprivate var squaredRadius: Double

        fileprivate func encloses(_ point: PlanePoint) -> Bool { (point - centre).squaredLength < squaredRadius }
        fileprivate var edges: [Edge] {
            [Edge(corners.0, corners.1), Edge(corners.1, corners.2), Edge(corners.2, corners.0)]
        }
    }

    fileprivate struct Edge: Hashable {
        var from: Int
        var to: Int
        init(_ from: Int, _ to: Int) {
            self.from = from
            self.to = to
        }
        var reversed: Edge { Edge(to, from) }
    }

    let triangles: [Triangle]
    /// For each site the triangles around it, counter-clockwise; nil for a site on the rim, whose cell is open.
    let fans: [[Int]?]

    init(sites: [PlanePoint]) {
        let reach = (sites.map { max(abs($0.x), abs($0.y)) }.max() ?? 1) * 1_000
        let count = sites.count
        let points =
            sites + [PlanePoint(x: -reach, y: -reach), PlanePoint(x: reach, y: -reach), PlanePoint(x: 0, y: reach)]

        var found = [Self.triangle(count, count + 1, count + 2, points)]
        for site in 0..<count {
            let point = points[site]
            var rim: [Edge] = []
            var kept: [Triangle] = []
            for triangle in found {
                if triangle.encloses(point) { rim += triangle.edges } else { kept.append(triangle) }
            }
            let inner = Set(rim)
            // An edge that two removed triangles share runs both ways; what is left is the rim of the hole.
            for edge in rim where !inner.contains(edge.reversed) {
                kept.append(Self.triangle(edge.from, edge.to, site, points))
            }
            found = kept
        }
        triangles = found
        fans = Self.fans(of: found, sites: count)
    }

    private static func triangle(_ first: Int, _ second: Int, _ third: Int, _ points: [PlanePoint]) -> Triangle {
        let origin = points[first]
        let toSecond = points[second] - origin
        let toThird = points[third] - origin
        let scale = 2 * toSecond.cross(toThird)
        let centre = PlanePoint(
            x: (toThird.y * toSecond.squaredLength - toSecond.y * toThird.squaredLength) / scale,
            y: (toSecond.x * toThird.squaredLength - toThird.x * toSecond.squaredLength) / scale)
        return Triangle(
            corners: scale > 0 ? (first, second, third) : (first, third, second), centre: origin + centre,
            squaredRadius: centre.squaredLength)
    }

    private static func fans(of triangles: [Triangle], sites: Int) -> [[Int]?] {
        // Around a site each triangle leads from one neighbour to the next: following them gives the cell in order.
        var leading: [[Int: (triangle: Int, next: Int)]] = Array(repeating: [:], count: sites)
        var isOpen = Array(repeating: false, count: sites)
        for (index, triangle) in triangles.enumerated() {
            let (first, second, third) = triangle.corners
            for (site, from, to) in [(first, second, third), (second, third, first), (third, first, second)]
            where site < sites {
                leading[site][from] = (index, to)
                if from >= sites || to >= sites { isOpen[site] = true }
            }
        }
        return (0..<sites).map { site -> [Int]? in
            guard !isOpen[site], let start = leading[site].keys.min() else { return nil }
            var fan: [Int] = []
            var neighbour = start
            repeat {
                guard let step = leading[site][neighbour], fan.count <= leading[site].count else { return nil }
                fan.append(step.triangle)
                neighbour = step.next
            } while neighbour != start
            return fan
        }
    }
}

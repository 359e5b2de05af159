import City

/// The outline of several grids joined, found by dropping the borders they share.
///
/// Exact: a joined grid has precisely the vertices of its parts, so parent and children agree to the last digit.
struct Outline: Sendable {
    private struct Side: Hashable {
        var from: MicroPoint
        var to: MicroPoint
    }

    /// Closed rings: outer ones counter-clockwise, holes clockwise; each starts at its smallest vertex.
    let rings: [[MicroPoint]]

    /// - Parameter parts: Rings of the parts, not closed, interior on the left.
    init(joining parts: [[MicroPoint]]) throws {
        var sides: Set<Side> = []
        for ring in parts {
            for (from, to) in zip(ring, ring.dropFirst() + ring.prefix(1)) {
                // A border walked in both directions lies inside.
                if sides.remove(Side(from: to, to: from)) == nil { sides.insert(Side(from: from, to: to)) }
            }
        }
        var following: [MicroPoint: MicroPoint] = [:]
        for side in sides where following.updateValue(side.to, forKey: side.from) != nil {
            throw DrawingError(description: "grids touch in a single point; try another seed")
        }
        var rings: [[MicroPoint]] = []
        for start in following.keys.sorted() where following[start] != nil {
            var ring = [start]
            while let last = ring.last, let next = following.removeValue(forKey: last) { ring.append(next) }
            guard ring.first == ring.last else { throw DrawingError(description: "an outline is not closed") }
            rings.append(ring)
        }
        self.rings = rings
    }

    /// The outline as an area. Holes go with the one outer ring; joined parts that do not touch give several.
    func area() throws -> MultiPolygon {
        let outer = rings.filter { Self.doubleArea($0) > 0 }
        let holes = rings.filter { Self.doubleArea($0) < 0 }
        guard holes.isEmpty || outer.count == 1 else {
            throw DrawingError(description: "a joined grid has holes in several pieces; try another seed")
        }
        return MultiPolygon(
            polygons: outer.map { ring in
                Polygon(rings: ([ring] + holes).map { $0.map(\.coordinate) })
            })
    }

    private static func doubleArea(_ ring: [MicroPoint]) -> Int {
        // Relative to the first vertex, so that products of millionths of a degree stay far from overflow.
        guard let origin = ring.first else { return 0 }
        return zip(ring, ring.dropFirst()).reduce(0) { sum, side in
            sum + (side.0.x - origin.x) * (side.1.y - origin.y) - (side.1.x - origin.x) * (side.0.y - origin.y)
        }
    }
}

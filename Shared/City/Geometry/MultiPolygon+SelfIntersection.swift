extension MultiPolygon {
    /// A place where rings cross or a ring touches itself; nil when there is none.
    ///
    /// Refuses crossing edges, a ring that meets itself in a point, spikes, and rings that share part of an edge. Two rings
    /// may touch in single points, as a hole may its outer ring. Whether holes lie inside is not looked at. Decided exactly
    /// in steps of 10⁻⁹ degrees, a tenth of a millimetre; fast for a few thousand corners.
    public func firstSelfIntersection() -> Coordinate? {
        var edges: [LatticeEdge] = []
        for (number, ring) in polygons.lazy.flatMap(\.rings).enumerated() {
            edges += LatticeEdge.edges(of: ring, number: number)
        }
        edges.sort { $0.minX < $1.minX }
        for (index, edge) in edges.enumerated() {
            for other in edges[(index + 1)...] {
                guard other.minX <= edge.maxX else { break }
                guard other.minY <= edge.maxY, other.maxY >= edge.minY else { continue }
                if let contact = edge.forbiddenContact(with: other) { return contact.coordinate }
            }
        }
        return nil
    }
}

/// A point in steps of 10⁻⁹ degrees, so that "on the line" is a fact and not a matter of rounding.
private struct LatticePoint: Hashable {
    var x: Int64
    var y: Int64

    init(_ coordinate: Coordinate) {
        x = Int64((coordinate.longitude * 1e9).rounded())
        y = Int64((coordinate.latitude * 1e9).rounded())
    }

    var coordinate: Coordinate { Coordinate(longitude: Double(x) / 1e9, latitude: Double(y) / 1e9) }
}

private struct LatticeEdge {
    var from: LatticePoint
    var to: LatticePoint
    var ring: Int
    var position: Int
    /// Edges of the ring, to tell neighbours.
    var ringCount: Int

    var minX: Int64 { min(from.x, to.x) }
    var maxX: Int64 { max(from.x, to.x) }
    var minY: Int64 { min(from.y, to.y) }
    var maxY: Int64 { max(from.y, to.y) }

    /// The edges of a ring, without those of no length. Coordinates that are no degrees make no edges.
    static func edges(of ring: [Coordinate], number: Int) -> [LatticeEdge] {
        let points = ring.filter(\.isValid).map(LatticePoint.init)
        var edges: [LatticeEdge] = []
        for (from, to) in zip(points, points.dropFirst()) where from != to {
            edges.append(LatticeEdge(from: from, to: to, ring: number, position: edges.count, ringCount: 0))
        }
        for index in edges.indices { edges[index].ringCount = edges.count }
        return edges
    }

    /// Where the two edges meet although they must not.
    func forbiddenContact(with other: LatticeEdge) -> LatticePoint? {
        let (fromSide, toSide) = (other.side(of: from), other.side(of: to))
        let (otherFromSide, otherToSide) = (side(of: other.from), side(of: other.to))
        if fromSide * toSide < 0, otherFromSide * otherToSide < 0 { return crossing(with: other) }
        if fromSide == 0, toSide == 0 { return collinearContact(with: other) }
        // What is left is an end on the other edge, which neighbours share and other rings may.
        guard ring == other.ring, !isNeighbour(of: other) else { return nil }
        if fromSide == 0, other.spans(from) { return from }
        if toSide == 0, other.spans(to) { return to }
        if otherFromSide == 0, spans(other.from) { return other.from }
        if otherToSide == 0, spans(other.to) { return other.to }
        return nil
    }

    /// On one line: an overlap is forbidden, a common end only within a ring between edges that are no neighbours.
    private func collinearContact(with other: LatticeEdge) -> LatticePoint? {
        let ends = [from, to].filter(other.spans) + [other.from, other.to].filter(spans)
        guard let first = ends.first else { return nil }
        let overlap = ends.contains { $0 != first }
        return overlap || (ring == other.ring && !isNeighbour(of: other)) ? first : nil
    }

    private func isNeighbour(of other: LatticeEdge) -> Bool {
        let distance = abs(position - other.position)
        return ring == other.ring && (distance == 1 || distance == ringCount - 1)
    }

    /// −1, 0 or 1: right of, on or left of the line through the edge.
    private func side(of point: LatticePoint) -> Int {
        let cross =
            Int128(to.x - from.x) * Int128(point.y - from.y) - Int128(to.y - from.y) * Int128(point.x - from.x)
        return cross == 0 ? 0 : cross < 0 ? -1 : 1
    }

    /// Whether a point that is on the line lies within the edge, ends included.
    private func spans(_ point: LatticePoint) -> Bool {
        point.x >= minX && point.x <= maxX && point.y >= minY && point.y <= maxY
    }

    /// The place of a crossing that is known to exist, to the nearest step.
    private func crossing(with other: LatticeEdge) -> LatticePoint {
        let (dx, dy) = (Double(to.x - from.x), Double(to.y - from.y))
        let (ox, oy) = (Double(other.to.x - other.from.x), Double(other.to.y - other.from.y))
        let (gapX, gapY) = (Double(other.from.x - from.x), Double(other.from.y - from.y))
        let part = (gapX * oy - gapY * ox) / (dx * oy - dy * ox)
        var point = from
        point.x += Int64((part * dx).rounded())
        point.y += Int64((part * dy).rounded())
        return point
    }
}

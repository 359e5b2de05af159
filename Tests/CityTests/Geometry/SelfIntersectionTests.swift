import City
import Testing

@Suite struct SelfIntersectionTests {
    private func area(_ rings: [Coordinate]...) -> MultiPolygon { MultiPolygon(polygons: [Polygon(rings: rings)]) }

    @Test func acceptsSimpleShapes() {
        #expect(area(ring(0, 0, 4, 0, 4, 4, 0, 4)).firstSelfIntersection() == nil)
        // A triangle, a bay, corners on a straight line, a repeated corner.
        #expect(area(ring(0, 0, 4, 0, 4, 4)).firstSelfIntersection() == nil)
        #expect(area(ring(0, 0, 4, 0, 4, 4, 2, 1, 0, 4)).firstSelfIntersection() == nil)
        #expect(area(ring(0, 0, 2, 0, 3, 0, 4, 0, 4, 4, 0, 4)).firstSelfIntersection() == nil)
        #expect(area(ring(0, 0, 4, 0, 4, 0, 4, 4, 0, 4)).firstSelfIntersection() == nil)
        // A hole, also one that touches the outer ring in a point.
        let outer = ring(0, 0, 4, 0, 4, 4, 0, 4)
        #expect(area(outer, ring(1, 1, 2, 1, 2, 2, 1, 2)).firstSelfIntersection() == nil)
        #expect(area(outer, ring(0, 2, 2, 1, 2, 3)).firstSelfIntersection() == nil)
    }

    @Test func findsCrossings() {
        #expect(
            area(ring(0, 0, 4, 4, 4, 0, 0, 4)).firstSelfIntersection() == Coordinate(longitude: 2, latitude: 2))
        let outer = ring(0, 0, 4, 0, 4, 4, 0, 4)
        #expect(
            area(outer, ring(1, 1, 6, 2, 1, 3)).firstSelfIntersection() == Coordinate(longitude: 4, latitude: 1.6))
    }

    @Test func findsARingThatTouchesItself() {
        // Two triangles joined in a corner, drawn as one ring.
        #expect(
            area(ring(0, 0, 2, 2, 0, 4, 4, 4, 2, 2, 4, 0)).firstSelfIntersection()
                == Coordinate(longitude: 2, latitude: 2))
        // A corner that rests on an edge.
        #expect(
            area(ring(0, 0, 4, 0, 4, 4, 2, 0, 0, 4)).firstSelfIntersection() == Coordinate(longitude: 2, latitude: 0))
    }

    @Test func findsSpikesAndSharedEdges() {
        #expect(area(ring(0, 0, 4, 0, 4, 4, 4, 6, 4, 4, 0, 4)).firstSelfIntersection() != nil)
        #expect(area(ring(0, 0, 4, 0)).firstSelfIntersection() != nil)
        let outer = ring(0, 0, 4, 0, 4, 4, 0, 4)
        #expect(area(outer, ring(0, 1, 2, 1, 2, 3, 0, 3)).firstSelfIntersection() != nil)
    }

    @Test func finishesOnLongRings() {
        // A comb of 4,000 corners, and the same with its last tooth bent across another.
        var corners: [Coordinate] = []
        for tooth in 0..<1_000 {
            let x = Double(tooth) * 0.001
            corners += [(x, 0.0), (x, 1.0), (x + 0.0005, 1.0), (x + 0.0005, 0.0)].map {
                Coordinate(longitude: $0.0, latitude: $0.1)
            }
        }
        let base = [Coordinate(longitude: 1, latitude: -1), Coordinate(longitude: 0, latitude: -1)]
        #expect(area(corners + base + [corners[0]]).firstSelfIntersection() == nil)
        corners[3_998] = Coordinate(longitude: 0.5, latitude: 0.5)
        #expect(area(corners + base + [corners[0]]).firstSelfIntersection() != nil)
    }
}

import City
import TestSupport
import Testing

@Suite struct GridLocatorTests {
    /// Every area tried, all edges of it: the rule without the raster.
    private struct BruteForce {
        let areas: [(box: BoundingBox, edges: [(low: Coordinate, high: Coordinate)])]

        init(_ areas: [MultiPolygon]) {
            self.areas = areas.map { area in
                let sides = area.polygons.flatMap(\.rings).flatMap { zip($0, $0.dropFirst()) }
                let edges = sides.map { one, other in
                    (one.latitude, one.longitude) > (other.latitude, other.longitude) ? (other, one) : (one, other)
                }
                return (area.boundingBox!, edges.map { (low: $0.0, high: $0.1) })
            }
        }

        func areas(at place: Coordinate) -> [Int] {
            areas.indices.filter { index in
                guard areas[index].box.contains(place) else { return false }
                var inside = false
                for (low, high) in areas[index].edges
                where low.latitude <= place.latitude && place.latitude < high.latitude {
                    let (x, y) = (place.longitude - low.longitude, place.latitude - low.latitude)
                    if x * (high.latitude - low.latitude) < y * (high.longitude - low.longitude) { inside.toggle() }
                }
                return inside
            }
        }
    }

    private func expectAgreement(
        _ areas: [MultiPolygon], _ locator: GridLocator, _ places: [Coordinate], onCover: Bool = false
    ) {
        let oracle = BruteForce(areas)
        for place in places {
            let expected = oracle.areas(at: place)
            let found = locator.locate(place)
            let agrees = expected.isEmpty ? (found == nil) != onCover : found == expected[0]
            guard expected.count <= 1, agrees else {
                Issue.record("\(place) is in \(expected), found in \(found.map(String.init) ?? "none")")
                return
            }
        }
    }

    @Test func agreesWithTryingAllAreas() {
        let seed = freshSeed("grid locator")
        var generator = SeededGenerator(seed: seed)
        let areas = WobblyMap(columns: 12, rows: 11, seed: seed).areas
        let locator = GridLocator(areas)
        let places = (0..<100_000).map { _ in
            Coordinate(
                longitude: .random(in: 103.88...104.04, using: &generator),
                latitude: .random(in: 30.48...30.60, using: &generator))
        }
        expectAgreement(areas, locator, places)
        #expect(locator.locate(places) == places.map { locator.locate($0) })
    }

    @Test func eachPlaceOnABorderIsInExactlyOneArea() {
        let seed = freshSeed("grid locator borders")
        var generator = SeededGenerator(seed: seed)
        let map = WobblyMap(columns: 12, rows: 11, seed: seed)
        let areas = map.areas
        let locator = GridLocator(areas)
        var places = map.corners
        for area in areas {
            let ring = area.polygons[0].rings[0]
            for (from, to) in zip(ring, ring.dropFirst()) {
                let part = Double.random(in: 0...1, using: &generator)
                for part in [0.5, part] {
                    places.append(
                        Coordinate(
                            longitude: from.longitude + part * (to.longitude - from.longitude),
                            latitude: from.latitude + part * (to.latitude - from.latitude)))
                }
            }
        }
        expectAgreement(areas, locator, places, onCover: true)
    }

    @Test func bordersBelongToTheEastAndTheNorth() {
        // Four squares: 2 3 over 0 1.
        let areas = [(0.0, 0.0), (1, 0), (0, 1), (1, 1)].map { x, y in
            MultiPolygon(polygons: [Polygon(rings: [ring(x, y, x + 1, y, x + 1, y + 1, x, y + 1)])])
        }
        let locator = GridLocator(areas)
        #expect(locator.locate(longitude: 1, latitude: 0.5) == 1)
        #expect(locator.locate(longitude: 0.5, latitude: 1) == 2)
        #expect(locator.locate(longitude: 1, latitude: 1) == 3)
        // The outer border belongs to the cover, all around.
        #expect(locator.locate(longitude: 0, latitude: 0) == 0)
        #expect(locator.locate(longitude: 2, latitude: 0.5) == 1)
        #expect(locator.locate(longitude: 2, latitude: 2) == 3)
        #expect(locator.locate(longitude: 2.000_001, latitude: 2) == nil)
        #expect(locator.locate(longitude: 0.5, latitude: -0.000_001) == nil)
    }

    @Test func knowsHolesAndScatteredParts() {
        // A hospital within a grid, and a grid of two parts.
        let hole = ring(1, 1, 2, 1, 2, 2, 1, 2)
        let areas = [
            MultiPolygon(polygons: [
                Polygon(rings: [ring(0, 0, 3, 0, 3, 3, 0, 3), hole]),
                Polygon(rings: [ring(10, 10, 11, 10, 11, 11, 10, 11)]),
            ]),
            MultiPolygon(polygons: [Polygon(rings: [hole])]),
        ]
        let locator = GridLocator(areas)
        #expect(locator.locate(longitude: 0.5, latitude: 0.5) == 0)
        #expect(locator.locate(longitude: 1.5, latitude: 1.5) == 1)
        #expect(locator.locate(longitude: 10.5, latitude: 10.5) == 0)
        #expect(locator.locate(longitude: 5, latitude: 5) == nil)
        // The hole's border is shared like any other.
        #expect(locator.locate(longitude: 1, latitude: 1.5) == 1)
        #expect(locator.locate(longitude: 2, latitude: 1.5) == 0)
        #expect(locator.locate(longitude: 1.5, latitude: 1) == 1)
        #expect(locator.locate(longitude: 1.5, latitude: 2) == 0)
    }

    @Test func noPlaceFallsBetweenBordersThatDoNotShareCorners() {
        // The southern neighbours know a corner on the border that the northern one does not.
        let north = MultiPolygon(polygons: [Polygon(rings: [ring(0, 0.1, 1, 0.4, 1, 1, 0, 1)])])
        let corner = Coordinate(longitude: 1.0 / 3, latitude: 0.1 + 0.1)
        let west = MultiPolygon(polygons: [
            Polygon(rings: [ring(0, -1, 1.0 / 3, -1, corner.longitude, corner.latitude, 0, 0.1)])
        ])
        let east = MultiPolygon(polygons: [
            Polygon(rings: [ring(1.0 / 3, -1, 1, -1, 1, 0.4, corner.longitude, corner.latitude)])
        ])
        let locator = GridLocator([north, west, east])
        for step in 0...10_000 {
            let part = Double(step) / 10_000
            let place = Coordinate(longitude: part, latitude: 0.1 + 0.3 * part)
            guard locator.locate(place) != nil else {
                Issue.record("\(place) is lost")
                return
            }
        }
    }

    @Test func survivesWhatIsNoPlaceAndNoMap() {
        let locator = GridLocator([MultiPolygon(polygons: [Polygon(rings: [ring(0, 0, 1, 0, 1, 1, 0, 1)])])])
        for number in [Double.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
            #expect(locator.locate(longitude: number, latitude: 0.5) == nil)
            #expect(locator.locate(longitude: 0.5, latitude: number) == nil)
        }
        let nothing = GridLocator([])
        #expect(nothing.locate(longitude: 0, latitude: 0) == nil)
        let empty = GridLocator([MultiPolygon(polygons: [])])
        #expect(empty.locate(longitude: 0, latitude: 0) == nil)
    }

    @Test func farApartAreasDoNotCostMemoryWithoutBound() {
        let areas = [(0.0, 0.0), (150, 60)].map { x, y in
            MultiPolygon(polygons: [Polygon(rings: [ring(x, y, x + 1e-4, y, x + 1e-4, y + 1e-4, x, y + 1e-4)])])
        }
        let locator = GridLocator(areas)
        #expect(locator.locate(longitude: 5e-5, latitude: 5e-5) == 0)
        #expect(locator.locate(longitude: 150.000_05, latitude: 60.000_05) == 1)
        #expect(locator.locate(longitude: 0.001, latitude: 0.001) == nil)
        #expect(locator.locate(longitude: 75, latitude: 30) == nil)
    }
}

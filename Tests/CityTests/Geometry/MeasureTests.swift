import City
import Testing

/// Expected values are those of PostGIS 3.3 on the type `geography`.
@Suite struct MeasureTests {
    static let withHole = MultiPolygon(polygons: [
        Polygon(rings: [
            ring(103.93, 30.50, 103.94, 30.50, 103.94, 30.51, 103.93, 30.51),
            ring(103.933, 30.503, 103.936, 30.503, 103.936, 30.506, 103.933, 30.506),
        ])
    ])

    @Test func measuresAreas() {
        let street = MultiPolygon(polygons: [
            Polygon(rings: [ring(103.93, 30.50, 104.02, 30.50, 104.02, 30.56, 103.93, 30.56)])
        ])
        #expect(abs(street.areaSquareMetres / 57_452_274.640_785 - 1) < 2e-7)
        #expect(abs(Self.withHole.areaSquareMetres / 968_420.823_806 - 1) < 1e-7)
        let slanting = MultiPolygon(polygons: [
            Polygon(rings: [ring(117.001, 36.65, 117.0123, 36.6511, 117.0087, 36.6634, 116.9991, 36.6602)])
        ])
        // PostGIS bends edges along the ground's shortest way; ours are straight on the map.
        #expect(abs(slanting.areaSquareMetres / 1_225_129.355_782 - 1) < 2e-5)
        #expect(MultiPolygon(polygons: []).areaSquareMetres == 0)
    }

    @Test func findsCentres() throws {
        let centre = try #require(Self.withHole.centroid)
        #expect(abs(centre.longitude - 103.935_049_450_549) < 1e-11)
        #expect(abs(centre.latitude - 30.505_049_450_549) < 1e-11)
        // The second ring turns the other way; that does not matter.
        let two = MultiPolygon(polygons: [
            Polygon(rings: [ring(0, 0, 2, 0, 2, 2, 0, 2)]), Polygon(rings: [ring(4, 0, 4, 1, 5, 1, 5, 0)]),
        ])
        let common = try #require(two.centroid)
        #expect(abs(common.longitude - 1.7) < 1e-12 && abs(common.latitude - 0.9) < 1e-12)
        #expect(MultiPolygon(polygons: []).centroid == nil)
    }

    @Test func measuresDistances() {
        let here = Coordinate(longitude: 103.93, latitude: 30.50)
        let there = Coordinate(longitude: 104.02, latitude: 30.56)
        #expect(abs(here.distanceMetres(to: there) - 10_900.389_097) < 0.01)
        #expect(abs(here.distanceMetres(to: there) / 10_901.697_179 - 1) < 0.006)
        let near = Coordinate(longitude: 117.0, latitude: 36.65).distanceMetres(
            to: Coordinate(longitude: 117.0005, latitude: 36.6503))
        #expect(abs(near - 55.699_683) < 0.001)
        #expect(here.distanceMetres(to: here) == 0)
    }

    @Test func knowsRings() {
        let square = ring(0, 0, 1, 0, 1, 1, 0, 1)
        #expect(square.isClosedRing && square.isCounterClockwise)
        #expect(![Coordinate](square.reversed()).isCounterClockwise)
        #expect(![Coordinate](square.dropLast()).isClosedRing)
        #expect(![Coordinate]().isClosedRing && ![Coordinate]().isCounterClockwise)
    }

    @Test func knowsBoxes() throws {
        let box = try #require(Self.withHole.boundingBox)
        #expect(
            box == BoundingBox(minLongitude: 103.93, minLatitude: 30.5, maxLongitude: 103.94, maxLatitude: 30.51))
        #expect(box.contains(Coordinate(longitude: 103.94, latitude: 30.51)))
        #expect(!box.contains(Coordinate(longitude: 103.94, latitude: 30.52)))
        #expect(MultiPolygon(polygons: []).boundingBox == nil)
    }

    @Test func knowsWhatIsNoPlace() {
        #expect(Coordinate(longitude: -180, latitude: 90).isValid)
        #expect(!Coordinate(longitude: 30.5, latitude: 103.9).isValid)
        #expect(!Coordinate(longitude: .nan, latitude: 0).isValid)
        #expect(!Coordinate(longitude: 0, latitude: .infinity).isValid)
    }
}

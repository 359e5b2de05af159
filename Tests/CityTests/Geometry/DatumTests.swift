import City
import TestSupport
import Testing

@Suite struct DatumTests {
    static let place = Coordinate(longitude: 116.404, latitude: 39.915)

    /// The values every library for these data agrees on.
    @Test func agreesWithPublishedValues() {
        expect(Self.place.fromWGS84(to: .gcj02), is: (116.41024449916938, 39.91640428150164))
        expect(Self.place.fromWGS84(to: .bd09), is: (116.41662724378733, 39.922699552216216))
    }

    private func expect(_ found: Coordinate, is expected: (Double, Double)) {
        #expect(abs(found.longitude - expected.0) < 1e-10 && abs(found.latitude - expected.1) < 1e-10, "\(found)")
    }

    @Test func shiftsByHundredsOfMetres() {
        let shift = Self.place.distanceMetres(to: Self.place.fromWGS84(to: .gcj02))
        #expect((500...600).contains(shift))
    }

    @Test(arguments: Datum.allCases)
    func leadsBackWithinAMillimetre(datum: Datum) {
        var generator = SeededGenerator(seed: freshSeed("datum \(datum)"))
        var worst = 0.0
        for _ in 0..<5_000 {
            let place = Coordinate(
                longitude: .random(in: 74...135, using: &generator), latitude: .random(in: 3...53, using: &generator))
            let back = place.fromWGS84(to: datum).toWGS84(from: datum)
            worst = max(worst, back.distanceMetres(to: place))
        }
        #expect(worst < 0.001)
    }

    @Test(arguments: Datum.allCases)
    func doesNotShiftAbroad(datum: Datum) {
        let berlin = Coordinate(longitude: 13.4, latitude: 52.5)
        #expect(berlin.fromWGS84(to: datum) == berlin)
        #expect(berlin.toWGS84(from: datum) == berlin)
    }
}

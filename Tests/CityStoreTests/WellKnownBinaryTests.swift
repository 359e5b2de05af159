import City
import Testing

@testable import CityStore

@Suite("Well-known binary")
struct WellKnownBinaryTests {
    private let area = MultiPolygon(polygons: [
        Polygon(rings: [
            SmallCity.square(from: 0, to: 4).polygons[0].rings[0],
            SmallCity.square(from: 1, to: 2).polygons[0].rings[0],
        ]),
        SmallCity.square(from: 5, to: 6).polygons[0],
    ])

    @Test("An area survives, to the last bit")
    func roundTrip() {
        let bytes = WellKnownBinary.encode(area)
        #expect(bytes.withUnsafeBytes { WellKnownBinary.decode($0) } == area)
        #expect(bytes.prefix(9) == [1, 6, 0, 0, 0, 2, 0, 0, 0])
    }

    @Test("Cut or lengthened bytes are refused")
    func damaged() {
        let bytes = WellKnownBinary.encode(area)
        for count in 0..<bytes.count {
            #expect(bytes[..<count].withUnsafeBytes { WellKnownBinary.decode($0) } == nil)
        }
        #expect((bytes + [0]).withUnsafeBytes { WellKnownBinary.decode($0) } == nil)
    }
}

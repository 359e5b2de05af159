import City

/// A vertex in millionths of a degree (about 11 cm). Whole numbers, so that two grids that share a vertex share it exactly.
struct MicroPoint: Hashable, Comparable, Sendable {
    var x: Int
    var y: Int

    init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }

    init(_ coordinate: Coordinate) {
        x = Int((coordinate.longitude * 1e6).rounded())
        y = Int((coordinate.latitude * 1e6).rounded())
    }

    /// Correctly rounded, so it equals what a reader makes of the six printed decimals.
    var coordinate: Coordinate { Coordinate(longitude: Double(x) / 1e6, latitude: Double(y) / 1e6) }

    static func < (left: MicroPoint, right: MicroPoint) -> Bool { (left.x, left.y) < (right.x, right.y) }
}

/// A point of the flat plane around the centre of a drawing, in metres east and north.
struct PlanePoint: Hashable, Sendable {
    var x: Double
    var y: Double

    static func + (left: PlanePoint, right: PlanePoint) -> PlanePoint {
        PlanePoint(x: left.x + right.x, y: left.y + right.y)
    }
    static func - (left: PlanePoint, right: PlanePoint) -> PlanePoint {
        PlanePoint(x: left.x - right.x, y: left.y - right.y)
    }
    static func * (left: PlanePoint, factor: Double) -> PlanePoint {
        PlanePoint(x: left.x * factor, y: left.y * factor)
    }

    /// Twice the signed area of the triangle origin, self, other.
    func cross(_ other: PlanePoint) -> Double { x * other.y - y * other.x }
    var squaredLength: Double { x * x + y * y }
    var length: Double { squaredLength.squareRoot() }
}

/// The plane a drawing is made in, touching the ground at its centre.
struct LocalPlane: Sendable {
    let centre: Coordinate
    private let metresPerDegreeEast: Double
    private let metresPerDegreeNorth = 110_850.0

    init(centre: Coordinate) {
        self.centre = centre
        metresPerDegreeEast = 111_320 * Self.cosine(degrees: centre.latitude)
    }

    func micro(_ point: PlanePoint) -> MicroPoint {
        MicroPoint(
            x: Int(((centre.longitude + point.x / metresPerDegreeEast) * 1e6).rounded()),
            y: Int(((centre.latitude + point.y / metresPerDegreeNorth) * 1e6).rounded()))
    }

    /// Area of a closed ring, positive when it turns against the clock.
    func squareMetres(_ ring: [Coordinate]) -> Double {
        let squareDegrees = zip(ring, ring.dropFirst()).reduce(0.0) { sum, side in
            let from = (side.0.longitude - centre.longitude, side.0.latitude - centre.latitude)
            let to = (side.1.longitude - centre.longitude, side.1.latitude - centre.latitude)
            return sum + from.0 * to.1 - to.0 * from.1
        }
        return squareDegrees / 2 * metresPerDegreeEast * metresPerDegreeNorth
    }

    /// From the series, not from the C library, whose last digit differs between systems.
    private static func cosine(degrees: Double) -> Double {
        let angle = degrees * .pi / 180
        var term = 1.0
        var sum = 1.0
        for step in stride(from: 1.0, through: 29, by: 2) {
            term *= -angle * angle / (step * (step + 1))
            sum += term
        }
        return sum
    }
}

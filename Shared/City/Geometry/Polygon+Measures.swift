#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Polygon {
    /// Area of the outer ring less that of the holes, whichever way the rings turn.
    public var areaSquareMetres: Double {
        guard let outer = rings.first else { return 0 }
        return rings.dropFirst().reduce(abs(outer.signedAreaSquareMetres)) { $0 - abs($1.signedAreaSquareMetres) }
    }
}

extension MultiPolygon {
    /// Area in square metres on the WGS84 ellipsoid.
    ///
    /// Computed in an equal-area projection, so that the areas of the parts of a cover add up to that of the whole as long
    /// as they share their vertices.
    public var areaSquareMetres: Double { polygons.reduce(0) { $0 + $1.areaSquareMetres } }

    /// The centre of gravity; nil when there is no area. It may lie outside, in a hole or a bay.
    public var centroid: Coordinate? {
        guard let origin = polygons.first?.rings.first?.first else { return nil }
        var (area, x, y) = (0.0, 0.0, 0.0)
        for polygon in polygons {
            for (position, ring) in polygon.rings.enumerated() {
                let moment = ring.moment(about: origin)
                // Holes count against the outer ring, whichever way either turns.
                let sign = (moment.area < 0) == (position == 0) ? -1.0 : 1.0
                area += sign * moment.area
                x += sign * moment.x
                y += sign * moment.y
            }
        }
        guard area > 0 else { return nil }
        return Coordinate(longitude: origin.longitude + x / area, latitude: origin.latitude + y / area)
    }
}

extension [Coordinate] {
    /// Whether the ring ends where it begins and has at least three corners.
    public var isClosedRing: Bool { count >= 4 && first == last }

    /// Whether the ring turns against the clock, as GeoJSON wants outer rings to.
    public var isCounterClockwise: Bool {
        guard let origin = first else { return false }
        return moment(about: origin).area > 0
    }

    /// Area and first moments of the ring in degrees from `origin`, positive when it turns against the clock.
    fileprivate func moment(about origin: Coordinate) -> (area: Double, x: Double, y: Double) {
        var (area, x, y) = (0.0, 0.0, 0.0)
        for (from, to) in zip(self, dropFirst()) {
            let (x1, y1) = (from.longitude - origin.longitude, from.latitude - origin.latitude)
            let (x2, y2) = (to.longitude - origin.longitude, to.latitude - origin.latitude)
            let cross = x1 * y2 - x2 * y1
            area += cross / 2
            x += cross * (x1 + x2) / 6
            y += cross * (y1 + y2) / 6
        }
        return (area, x, y)
    }

    /// Area in Lambert's cylindrical equal-area projection, positive when the ring turns against the clock.
    fileprivate var signedAreaSquareMetres: Double {
        guard let origin = first else { return 0 }
        let originNorth = EqualArea.northing(latitude: origin.latitude)
        var sum = 0.0
        var (lastX, lastY) = (0.0, 0.0)
        for coordinate in dropFirst() {
            let x = EqualArea.semiMajorAxis * (coordinate.longitude - origin.longitude) * .pi / 180
            let y = EqualArea.northing(latitude: coordinate.latitude) - originNorth
            sum += lastX * y - x * lastY
            (lastX, lastY) = (x, y)
        }
        return sum / 2
    }
}

/// Lambert's cylindrical equal-area projection of the WGS84 ellipsoid, in metres.
private enum EqualArea {
    static let semiMajorAxis = 6_378_137.0
    private static let eccentricity = 0.081_819_190_842_621_49

    static func northing(latitude: Double) -> Double {
        let e = eccentricity
        let sine = sin(latitude * .pi / 180)
        let scaled = e * sine
        return semiMajorAxis / 2 * (1 - e * e) * (sine / (1 - scaled * scaled) + atanh(scaled) / e)
    }
}

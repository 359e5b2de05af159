#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Coordinate {
    /// Metres to another place along the ground, on a sphere of the Earth's mean radius.
    ///
    /// Within 0.6 % of the distance on the ellipsoid; within a city that is less than what positioning gets wrong.
    public func distanceMetres(to other: Coordinate) -> Double {
        let radians = Double.pi / 180
        let northward = sin((other.latitude - latitude) * radians / 2)
        let eastward = sin((other.longitude - longitude) * radians / 2)
        let haversine =
            northward * northward + cos(latitude * radians) * cos(other.latitude * radians) * eastward * eastward
        return 2 * 6_371_008.8 * asin(min(1, haversine.squareRoot()))
    }

    /// Whether both numbers are numbers and within the range of degrees.
    public var isValid: Bool { abs(longitude) <= 180 && abs(latitude) <= 90 }
}

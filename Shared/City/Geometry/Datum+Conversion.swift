#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Coordinate {
    /// The same place in WGS84, given what datum these degrees are in.
    ///
    /// CGCS2000 is taken for WGS84, from which it differs by centimetres. GCJ-02 and BD-09 shift a place by some hundred
    /// metres; the shift is undone by iteration to less than 1 cm. Outside China there is no shift.
    public func toWGS84(from datum: Datum) -> Coordinate {
        switch datum {
        case .wgs84, .cgcs2000: self
        case .gcj02: inverse { $0.gcj02FromWGS84 }
        case .bd09: inverse { $0.bd09FromGCJ02 }.inverse { $0.gcj02FromWGS84 }
        }
    }

    /// The same place in another datum, given that these degrees are WGS84.
    public func fromWGS84(to datum: Datum) -> Coordinate {
        switch datum {
        case .wgs84, .cgcs2000: self
        case .gcj02: gcj02FromWGS84
        case .bd09: gcj02FromWGS84.bd09FromGCJ02
        }
    }

    /// The rectangle within which GCJ-02 shifts. Wider than the country, as in every map that uses it.
    private var isShifted: Bool {
        longitude >= 72.004 && longitude <= 137.8347 && latitude >= 0.8293 && latitude <= 55.8271
    }

    /// The place a shift moves here: the shift changes slowly, so each step shrinks the error a hundredfold.
    private func inverse(_ shift: (Coordinate) -> Coordinate) -> Coordinate {
        var guess = self
        for _ in 0..<8 {
            let image = shift(guess)
            let (east, north) = (longitude - image.longitude, latitude - image.latitude)
            guess = Coordinate(longitude: guess.longitude + east, latitude: guess.latitude + north)
            if abs(east) < 1e-11, abs(north) < 1e-11 { break }
        }
        return guess
    }

    /// The shift of GCJ-02: polynomials and sines of the distance from 105° E 35° N, in metres on Krasovsky's ellipsoid.
    private var gcj02FromWGS84: Coordinate {
        guard isShifted else { return self }
        let (x, y) = (longitude - 105, latitude - 35)
        func wave(_ amplitude: Double, _ value: Double, _ cycles: Double) -> Double {
            amplitude * sin(value * cycles * .pi) * 2 / 3
        }
        let ripple = wave(20, x, 6) + wave(20, x, 2)
        let northMetres =
            -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * abs(x).squareRoot() + ripple
            + wave(20, y, 1) + wave(40, y, 1 / 3.0) + wave(160, y, 1 / 12.0) + wave(320, y, 1 / 30.0)
        let eastMetres =
            300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * abs(x).squareRoot() + ripple
            + wave(20, x, 1) + wave(40, x, 1 / 3.0) + wave(150, x, 1 / 12.0) + wave(300, x, 1 / 30.0)

        let semiMajorAxis = 6_378_245.0
        let eccentricitySquared = 0.006_693_421_622_965_943_23
        let sine = sin(latitude * .pi / 180)
        let flattening = 1 - eccentricitySquared * sine * sine
        let northRadius = semiMajorAxis * (1 - eccentricitySquared) / (flattening * flattening.squareRoot())
        let eastRadius = semiMajorAxis / flattening.squareRoot() * cos(latitude * .pi / 180)
        return Coordinate(
            longitude: longitude + eastMetres / eastRadius * 180 / .pi,
            latitude: latitude + northMetres / northRadius * 180 / .pi)
    }

    /// The further shift of BD-09: a ripple in polar coordinates about the origin of degrees, and an offset.
    private var bd09FromGCJ02: Coordinate {
        guard isShifted else { return self }
        let ripple = Double.pi * 3_000 / 180
        let radius =
            (longitude * longitude + latitude * latitude).squareRoot() + 0.000_02 * sin(latitude * ripple)
        let angle = atan2(latitude, longitude) + 0.000_003 * cos(longitude * ripple)
        return Coordinate(longitude: radius * cos(angle) + 0.006_5, latitude: radius * sin(angle) + 0.006)
    }
}

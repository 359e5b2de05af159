/// The smallest rectangle of degrees around something. Nothing here crosses the 180th meridian.
public struct BoundingBox: Hashable, Sendable, Codable {
    public var minLongitude: Double
    public var minLatitude: Double
    public var maxLongitude: Double
    public var maxLatitude: Double

    public init(minLongitude: Double, minLatitude: Double, maxLongitude: Double, maxLatitude: Double) {
        self.minLongitude = minLongitude
        self.minLatitude = minLatitude
        self.maxLongitude = maxLongitude
        self.maxLatitude = maxLatitude
    }

    /// The box around all coordinates; nil when there are none.
    public init?(_ coordinates: some Sequence<Coordinate>) {
        var box: BoundingBox?
        for coordinate in coordinates {
            let point = BoundingBox(
                minLongitude: coordinate.longitude, minLatitude: coordinate.latitude,
                maxLongitude: coordinate.longitude, maxLatitude: coordinate.latitude)
            box = box?.union(point) ?? point
        }
        guard let box else { return nil }
        self = box
    }

    public var width: Double { maxLongitude - minLongitude }
    public var height: Double { maxLatitude - minLatitude }
    public var center: Coordinate {
        Coordinate(longitude: (minLongitude + maxLongitude) / 2, latitude: (minLatitude + maxLatitude) / 2)
    }

    /// Whether the box, its edge included, has the coordinate.
    public func contains(_ coordinate: Coordinate) -> Bool {
        coordinate.longitude >= minLongitude && coordinate.longitude <= maxLongitude
            && coordinate.latitude >= minLatitude && coordinate.latitude <= maxLatitude
    }

    /// The box around both.
    public func union(_ other: BoundingBox) -> BoundingBox {
        BoundingBox(
            minLongitude: min(minLongitude, other.minLongitude), minLatitude: min(minLatitude, other.minLatitude),
            maxLongitude: max(maxLongitude, other.maxLongitude), maxLatitude: max(maxLatitude, other.maxLatitude))
    }
}

extension MultiPolygon {
    /// The box around all rings; nil when there is no coordinate.
    public var boundingBox: BoundingBox? {
        BoundingBox(polygons.lazy.flatMap { $0.rings.joined() })
    }
}

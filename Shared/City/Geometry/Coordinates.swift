/// The datum a pair of coordinates is in. Everything is stored as ``wgs84`` (EPSG:4326; CGCS2000 differs by centimetres).
public enum Datum: String, Sendable, Codable, CaseIterable {
    case wgs84 = "WGS84"
    case cgcs2000 = "CGCS2000"
    case gcj02 = "GCJ02"
    case bd09 = "BD09"
}

/// A place on the ground in degrees, WGS84 unless said otherwise.
public struct Coordinate: Hashable, Sendable, Codable {
    /// −180 … 180, east positive.
    public var longitude: Double
    /// −90 … 90, north positive.
    public var latitude: Double

    public init(longitude: Double, latitude: Double) {
        self.longitude = longitude
        self.latitude = latitude
    }
}

/// A polygon: the outer ring first, then holes. Rings are closed (the last coordinate repeats the first).
public struct Polygon: Hashable, Sendable, Codable {
    public var rings: [[Coordinate]]
    public init(rings: [[Coordinate]]) { self.rings = rings }
}

public struct MultiPolygon: Hashable, Sendable, Codable {
    public var polygons: [Polygon]
    public init(polygons: [Polygon]) { self.polygons = polygons }
}

import City

/// Areas in the OGC's well-known binary form, little-endian, as PostGIS reads and writes it.
enum WellKnownBinary {
    private static let littleEndian: UInt8 = 1
    private static let polygonType: UInt32 = 3
    private static let multiPolygonType: UInt32 = 6

    static func encode(_ area: MultiPolygon) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: some FixedWidthInteger) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
        append(littleEndian)
        append(multiPolygonType)
        append(UInt32(area.polygons.count))
        for polygon in area.polygons {
            append(littleEndian)
            append(polygonType)
            append(UInt32(polygon.rings.count))
            for ring in polygon.rings {
                append(UInt32(ring.count))
                for corner in ring {
                    append(corner.longitude.bitPattern)
                    append(corner.latitude.bitPattern)
                }
            }
        }
        return bytes
    }

    /// Nil when the bytes are not a whole little-endian multipolygon in two dimensions.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> MultiPolygon? {
        var reader = Reader(bytes: bytes)
        guard let polygons = reader.header(multiPolygonType) else { return nil }
        var area = MultiPolygon(polygons: [])
        for _ in 0..<polygons {
            guard let rings = reader.header(polygonType) else { return nil }
            var polygon = Polygon(rings: [])
            for _ in 0..<rings {
                guard let ring = reader.ring() else { return nil }
                polygon.rings.append(ring)
            }
            area.polygons.append(polygon)
        }
        return reader.isAtEnd ? area : nil
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        private var offset = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtEnd: Bool { offset == bytes.count }

        /// Byte order, the expected type and how many parts follow.
        mutating func header(_ type: UInt32) -> UInt32? {
            guard next(UInt8.self) == littleEndian, next(UInt32.self) == type else { return nil }
            return next(UInt32.self)
        }

        mutating func ring() -> [Coordinate]? {
            guard let count = next(UInt32.self), Int(count) * 16 <= bytes.count - offset else { return nil }
            return (0..<count).map { _ in
                Coordinate(longitude: double(), latitude: double())
            }
        }

        /// Only where ``ring()`` has made sure that there are enough bytes.
        private mutating func double() -> Double { Double(bitPattern: next(UInt64.self) ?? 0) }

        private mutating func next<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
            let width = MemoryLayout<Number>.size
            guard offset + width <= bytes.count else { return nil }
            defer { offset += width }
            return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
        }
    }
}

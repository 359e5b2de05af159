import City
import Foundation
import Logging
import Postgres
import TestSupport

@testable import CityStore

/// Which of 19,044 grids a place lies in, asked in batches of 1,000: ours, PostGIS and GEOS, which must all agree.
enum LocatingBenchmark {
    private static let side = 138
    private static let batch = 1_000
    private static let batches = 50

    static func run(_ figures: inout Figures) throws {
        var random = SeededGenerator(seed: 19_044)
        let areas = mesh(&random)
        let places = (0..<batch * batches).map { _ in
            Coordinate(
                longitude: Double.random(in: 104...104.6, using: &random),
                latitude: Double.random(in: 30...30.6, using: &random))
        }
        var locator = GridLocator([])
        figures.note("locate.build.seconds", [Figures.seconds { locator = GridLocator(areas) }])
        let chunks = (0..<batches).map { Array(places[$0 * batch..<($0 + 1) * batch]) }
        let postgis = try? Postgis(areas)
        let geos = try? Geos(areas, places)
        try agree(locator.locate(places), chunks, postgis, geos)

        let ours = Figures.Piece(
            name: "locate", run: { for index in 0..<$0 { keep(locator.locate(chunks[index % batches])) } }, items: batch
        )
        try figures.compare(
            [ours]
                + (geos.map { geos in
                    [
                        .init(
                            name: "locate.geosPrepared", items: batch,
                            reported: { count in
                                try (0..<count).reduce(0) {
                                    $0 + Double(batch) * (try geos.locate($1 % batches * batch, batch))
                                }
                            })
                    ]
                } ?? []),
            ratios: ["ratio.locateToGEOSPrepared"])
        guard let postgis else { return }
        try figures.compare(
            [
                .init(name: "locate.besidePostGIS", run: ours.run, items: batch),
                .init(
                    name: "locate.postGIS",
                    run: { for index in 0..<$0 { keep(try postgis.locate(chunks[index % batches])) } }, items: batch),
            ], ratios: ["ratio.locateToPostGIS"], waits: true)
    }

    private static func agree(_ ours: [Int?], _ chunks: [[Coordinate]], _ postgis: Postgis?, _ geos: Geos?) throws {
        for (index, chunk) in chunks.prefix(5).enumerated() {
            let range = index * batch..<(index + 1) * batch
            if let found = try postgis?.locate(chunk), found != Array(ours[range]) {
                throw PeerAbsent(description: "PostGIS finds other grids")
            }
            if let found = try geos?.found(range.lowerBound, batch), found != Array(ours[range]) {
                throw PeerAbsent(description: "GEOS finds other grids")
            }
        }
    }

    /// Areas over 0.6° square whose crooked borders of six pieces a side are shared by neighbours.
    private static func mesh(_ random: inout SeededGenerator) -> [MultiPolygon] {
        let step = 0.6 / Double(side)
        func wobble(_ share: Double) -> Double { Double.random(in: -share...share, using: &random) * step }
        let corners = (0...side).map { row in
            (0...side).map { column in
                Coordinate(
                    longitude: 104 + Double(column) * step + (column % side == 0 ? 0 : wobble(0.25)),
                    latitude: 30 + Double(row) * step + (row % side == 0 ? 0 : wobble(0.25)))
            }
        }
        /// From one corner to the next, the first included, the last not.
        func border(_ from: Coordinate, _ to: Coordinate, straight: Bool) -> [Coordinate] {
            (0..<6).map { piece in
                let share = Double(piece) / 6
                let crooked = piece == 0 || straight ? 0.0 : 0.04
                return Coordinate(
                    longitude: from.longitude + (to.longitude - from.longitude) * share + wobble(crooked),
                    latitude: from.latitude + (to.latitude - from.latitude) * share + wobble(crooked))
            }
        }
        let east = (0...side).map { row in
            (0..<side).map { border(corners[row][$0], corners[row][$0 + 1], straight: row % side == 0) }
        }
        let north = (0..<side).map { row in
            (0...side).map { border(corners[row][$0], corners[row + 1][$0], straight: $0 % side == 0) }
        }
        return (0..<side * side).map { number in
            let (row, column) = number.quotientAndRemainder(dividingBy: side)
            let top = Array(east[row + 1][column].dropFirst().reversed())
            let left = Array(north[row][column].dropFirst().reversed())
            let ring =
                east[row][column] + north[row][column + 1] + [corners[row + 1][column + 1]] + top
                + [corners[row + 1][column]] + left + [corners[row][column]]
            return MultiPolygon(polygons: [Polygon(rings: [ring])])
        }
    }
}

/// The areas in a table with a spatial index, asked by a batch of points.
private final class Postgis {
    private let session: PostgresSession

    init(_ areas: [MultiPolygon]) throws {
        let url = try PrivatePostgres.shared().createDatabase(postgis: true)
        session = try PostgresSession(PostgresSettings(url: url), logger: Logger(label: "benchmark"))
        try session.execute("CREATE TABLE area (number bigint PRIMARY KEY, shape geometry(MultiPolygon, 4326))")
        try session.execute(
            """
            INSERT INTO area SELECT number, ST_GeomFromWKB(wkb, 4326)
            FROM unnest(\((0..<areas.count).map { Int64($0) }), \(areas.map { WellKnownBinary.encode($0) })) AS a (number, wkb)
            """)
        try session.execute("CREATE INDEX ON area USING gist (shape)")
        try session.execute("VACUUM ANALYZE area")
    }

    func locate(_ places: [Coordinate]) throws -> [Int?] {
        var found = [Int?](repeating: nil, count: places.count)
        let rows = try session.query(
            """
            SELECT p.place, a.number
            FROM unnest(\(places.map(\.longitude)), \(places.map(\.latitude))) WITH ORDINALITY AS p (x, y, place)
            JOIN area a ON ST_Covers(a.shape, ST_SetSRID(ST_MakePoint(p.x, p.y), 4326))
            """)
        for (place, number) in try rows.decode((Int64, Int64).self) { found[Int(place) - 1] = Int(number) }
        return found
    }
}

/// The areas as prepared geometries in a tree of boxes, in shapely 2.
private final class Geos {
    private let python: PythonPeer

    init(_ areas: [MultiPolygon], _ places: [Coordinate]) throws {
        python = try PythonPeer(needing: "shapely numpy")
        let folder = FileManager.default.temporaryDirectory
        var shapes = Data()
        for area in areas {
            let bytes = WellKnownBinary.encode(area)
            withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { shapes.append(contentsOf: $0) }
            shapes.append(contentsOf: bytes)
        }
        let polygons = folder.appending(path: "wangge-polygons.wkb")
        try shapes.write(to: polygons)
        _ = try python.number("polygons \(polygons.path)")
        var pairs = Data()
        for place in places {
            for degrees in [place.longitude, place.latitude] {
                withUnsafeBytes(of: degrees.bitPattern.littleEndian) { pairs.append(contentsOf: $0) }
            }
        }
        let points = folder.appending(path: "wangge-points.f64")
        try pairs.write(to: points)
        _ = try python.number("points \(points.path)")
    }

    func locate(_ first: Int, _ count: Int) throws -> Double { try python.number("locate \(first) \(count)") }

    func found(_ first: Int, _ count: Int) throws -> [Int?] {
        try python.ask("found \(first) \(count)").split(separator: ",").map { Int($0).flatMap { $0 < 0 ? nil : $0 } }
    }
}

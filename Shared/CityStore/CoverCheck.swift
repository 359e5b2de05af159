public import City
public import Postgres

/// A grid whose area is not what the tree of grids needs.
public struct CoverFault: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Not a valid area by the rules of OGC.
        case invalid
        /// Its parts leave some of it uncovered.
        case gap
        /// Its parts stick out of it.
        case excess
        /// Two of its parts overlap.
        case overlap
    }

    public var kind: Kind
    public var grid: GridCode
    /// The parts that overlap; empty for other kinds.
    public var parts: [GridCode]
    /// How much ground is concerned; 0 for `invalid`.
    public var squareMetres: Double

    public init(kind: Kind, grid: GridCode, parts: [GridCode], squareMetres: Double) {
        self.kind = kind
        self.grid = grid
        self.parts = parts
        self.squareMetres = squareMetres
    }
}

extension CityStore {
    /// Looks, with PostGIS, for gaps and overlaps in a version that was just saved.
    ///
    /// - Parameter squareMetres: Slivers up to this size are let pass; rounding of coordinates makes them.
    /// - Returns: Every fault, by kind and grid. Nothing else is looked at while an area is invalid.
    public static func coverFaults(
        version: Int, tolerance squareMetres: Double = 1, in transaction: PostgresTransaction
    ) throws -> [CoverFault] {
        let invalid = try transaction.query(
            """
            SELECT code FROM city.grid WHERE version = \(version) AND NOT public.ST_IsValid(geom) ORDER BY code
            """, label: "valid areas"
        ).decode(String.self).map {
            CoverFault(kind: .invalid, grid: GridCode($0), parts: [], squareMetres: 0)
        }
        guard invalid.isEmpty else { return invalid }

        let differences = try transaction.query(
            """
            WITH cover AS (
                SELECT parent, public.ST_Union(geom) AS geom FROM city.grid
                WHERE version = \(version) AND parent IS NOT NULL GROUP BY parent
            ), difference AS (
                SELECT code, 'gap' AS kind, public.ST_Difference(grid.geom, cover.geom) AS geom
                FROM cover JOIN city.grid ON grid.version = \(version) AND grid.code = cover.parent
                UNION ALL
                SELECT code, 'excess', public.ST_Difference(cover.geom, grid.geom)
                FROM cover JOIN city.grid ON grid.version = \(version) AND grid.code = cover.parent
            ), measured AS (
                SELECT kind, code, public.ST_Area(geom::public.geography) AS area FROM difference
            )
            SELECT kind, code, area FROM measured WHERE area > \(squareMetres) ORDER BY kind, code
            """, label: "gaps"
        ).decode((String, String, Double).self).compactMap { kind, code, area in
            CoverFault.Kind(rawValue: kind).map {
                CoverFault(kind: $0, grid: GridCode(code), parts: [], squareMetres: area)
            }
        }

        let overlaps = try transaction.query(
            """
            WITH pair AS (
                SELECT a.parent, a.code AS a, b.code AS b,
                    public.ST_Area(public.ST_Intersection(a.geom, b.geom)::public.geography) AS area
                FROM city.grid AS a JOIN city.grid AS b
                    ON b.version = a.version AND b.parent = a.parent AND b.code > a.code
                    AND a.geom OPERATOR(public.&&) b.geom
                WHERE a.version = \(version)
            )
            SELECT parent, a, b, area FROM pair WHERE area > \(squareMetres) ORDER BY parent, a, b
            """, label: "overlaps"
        ).decode((String, String, String, Double).self).map { parent, a, b, area in
            CoverFault(kind: .overlap, grid: GridCode(parent), parts: [GridCode(a), GridCode(b)], squareMetres: area)
        }
        return overlaps + differences
    }
}

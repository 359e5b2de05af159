import City
import TestSupport

/// A closed ring from longitudes and latitudes in turn.
func ring(_ numbers: Double...) -> [Coordinate] {
    let corners = stride(from: 0, to: numbers.count, by: 2).map {
        Coordinate(longitude: numbers[$0], latitude: numbers[$0 + 1])
    }
    return corners + [corners[0]]
}

/// A map of wobbly quadrilaterals that share their corners, none of which is on a line: every border is shared by two.
struct WobblyMap {
    let columns: Int
    let rows: Int
    /// Corners, row by row; one more than cells in each direction.
    let corners: [Coordinate]

    init(columns: Int, rows: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        self.columns = columns
        self.rows = rows
        // Rounded to 10⁻⁶ degrees, as files of maps are.
        func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
        var corners: [Coordinate] = []
        for row in 0...rows {
            for column in 0...columns {
                let (x, y) = (
                    Double.random(in: -0.3...0.3, using: &generator), Double.random(in: -0.3...0.3, using: &generator)
                )
                corners.append(
                    Coordinate(
                        longitude: rounded(103.9 + (Double(column) + x) * 0.01),
                        latitude: rounded(30.5 + (Double(row) + y) * 0.008)))
            }
        }
        self.corners = corners
    }

    func ring(column: Int, row: Int) -> [Coordinate] {
        let first = row * (columns + 1) + column
        let indices = [first, first + 1, first + columns + 2, first + columns + 1, first]
        return indices.map { corners[$0] }
    }

    /// One area a cell, row by row.
    var areas: [MultiPolygon] {
        (0..<rows).flatMap { row in
            (0..<columns).map { MultiPolygon(polygons: [Polygon(rings: [ring(column: $0, row: row)])]) }
        }
    }
}

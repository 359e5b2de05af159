/// Equal cells of degrees over a rectangle, row by row from the south-west.
struct CellRaster: Sendable {
    private let box: BoundingBox
    private let cellsPerDegree: (east: Double, north: Double)
    let columns: Int
    let rows: Int

    var count: Int { columns * rows }

    /// - Parameters:
    ///   - cellWidth: Wished, in degrees; cells become larger when more than `maximumCount` would be needed.
    ///   - cellHeight: As `cellWidth`.
    init(box: BoundingBox, cellWidth: Double, cellHeight: Double, maximumCount: Int = 4_000_000) {
        let (wishedColumns, wishedRows) = (max(1, box.width / cellWidth), max(1, box.height / cellHeight))
        let shrink = max(1, (wishedColumns * wishedRows / Double(maximumCount)).squareRoot())
        // A strip of a box may want all its cells in one direction, so each is bounded too.
        columns = Int(min(max(1, (wishedColumns / shrink).rounded(.up)), Double(maximumCount)))
        rows = Int(min(max(1, (wishedRows / shrink).rounded(.up)), Double(maximumCount / columns).rounded(.up)))
        self.box = box
        cellsPerDegree = (
            box.width > 0 ? Double(columns) / box.width : 0, box.height > 0 ? Double(rows) / box.height : 0
        )
    }

    /// The cell a place lies in; nil outside the rectangle.
    func cell(longitude: Double, latitude: Double) -> Int? {
        // Written so that NaN fails.
        guard longitude >= box.minLongitude, longitude <= box.maxLongitude, latitude >= box.minLatitude,
            latitude <= box.maxLatitude
        else { return nil }
        return row(latitude) * columns + column(longitude)
    }

    /// The column of a longitude, the nearest one when it lies outside.
    func column(_ longitude: Double) -> Int {
        Int(min(max((longitude - box.minLongitude) * cellsPerDegree.east, 0), Double(columns - 1)))
    }

    func row(_ latitude: Double) -> Int {
        Int(min(max((latitude - box.minLatitude) * cellsPerDegree.north, 0), Double(rows - 1)))
    }

    /// Latitudes a row begins and ends at.
    func band(row: Int) -> (south: Double, north: Double) {
        (
            box.minLatitude + Double(row) * box.height / Double(rows),
            box.minLatitude + Double(row + 1) * box.height / Double(rows)
        )
    }

    func center(column: Int, row: Int) -> Coordinate {
        Coordinate(
            longitude: box.minLongitude + (Double(column) + 0.5) * box.width / Double(columns),
            latitude: box.minLatitude + (Double(row) + 0.5) * box.height / Double(rows))
    }
}

/// What a cell of a ``GridLocator`` holds, in four bytes.
struct CellContents: Sendable {
    enum Meaning {
        case inside(Int)
        case empty
        /// Borders cross it; the number says whose candidates to try.
        case undecided(list: Int)
    }

    private var code: Int32

    static let empty = CellContents(code: -1)
    static func inside(_ grid: Int32) -> CellContents { CellContents(code: grid) }
    static func undecided(list: Int) -> CellContents { CellContents(code: -2 - Int32(list)) }

    var meaning: Meaning {
        if code >= 0 { return .inside(Int(code)) }
        return code == -1 ? .empty : .undecided(list: -2 - Int(code))
    }
}

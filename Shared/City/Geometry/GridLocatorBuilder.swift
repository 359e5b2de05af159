/// Sorts areas into the cells of a raster: which cells a border crosses, and which lie wholly inside one area.
struct GridLocatorBuilder {
    /// An area in a cell.
    private struct Entry {
        var cell: Int32
        var candidate: GridLocator.Candidate
        /// No border of the area comes near the cell.
        var whole: Bool
    }

    let raster: CellRaster
    private(set) var edges: [BorderEdge] = []
    private var entries: [Entry] = []
    /// For each cell the number of the last area whose border was seen in it.
    private var lastBorder: [Int32]

    /// An empty raster fit for the areas: cells about a third of an average area wide and high.
    init(_ areas: [MultiPolygon]) {
        let boxes = areas.compactMap { $0.boundingBox?.grown(by: GridLocator.tolerance) }
        // Without areas one cell, which is empty.
        let nowhere = BoundingBox(minLongitude: 0, minLatitude: 0, maxLongitude: 1, maxLatitude: 1)
        let box = boxes.first.map { boxes.reduce($0) { $0.union($1) } } ?? nowhere
        let thirds = Double(max(boxes.count, 1)) * 3
        raster = CellRaster(
            box: box,
            cellWidth: boxes.isEmpty ? box.width : boxes.reduce(0) { $0 + $1.width } / thirds,
            cellHeight: boxes.isEmpty ? box.height : boxes.reduce(0) { $0 + $1.height } / thirds)
        lastBorder = Array(repeating: -1, count: raster.count)
    }

    /// Adds an area, row of cells by row of cells. Numbers must ascend.
    mutating func add(_ area: MultiPolygon, number: Int) {
        guard let box = area.boundingBox?.grown(by: GridLocator.tolerance) else { return }
        let tolerance = GridLocator.tolerance
        var border: [(edge: BorderEdge, rows: ClosedRange<Int>)] = []
        for ring in area.polygons.lazy.flatMap(\.rings) {
            for (from, to) in zip(ring, ring.dropFirst()) {
                let edge = BorderEdge(from, to)
                border.append((edge, raster.row(edge.y1 - tolerance)...raster.row(edge.y2 + tolerance)))
            }
        }
        let columns = raster.column(box.minLongitude)...raster.column(box.maxLongitude)
        for row in raster.row(box.minLatitude)...raster.row(box.maxLatitude) {
            let first = edges.count
            for (edge, rows) in border where rows.contains(row) { edges.append(edge) }
            let candidate = GridLocator.Candidate(
                area: Int32(number), firstEdge: Int32(first), edgeCount: Int32(edges.count - first))
            for edge in edges[first...] { markBorder(edge, row: row, candidate) }
            markInside(row: row, columns: columns, candidate)
        }
    }

    /// Marks every cell of the row that the edge comes near, rather one too many than one too few.
    private mutating func markBorder(_ edge: BorderEdge, row: Int, _ candidate: GridLocator.Candidate) {
        let margin = 2 * GridLocator.tolerance
        var (west, east) = (min(edge.x1, edge.x2), max(edge.x1, edge.x2))
        if edge.y2 > edge.y1 {
            // The part of the edge within the row.
            let band = raster.band(row: row)
            let low = edge.crossing(latitude: min(max(edge.y1, band.south - margin), edge.y2))
            let high = edge.crossing(latitude: max(min(edge.y2, band.north + margin), edge.y1))
            (west, east) = (max(west, min(low, high)), min(east, max(low, high)))
        }
        for column in raster.column(west - margin)...raster.column(east + margin) {
            let cell = row * raster.columns + column
            guard lastBorder[cell] != candidate.area else { continue }
            lastBorder[cell] = candidate.area
            entries.append(Entry(cell: Int32(cell), candidate: candidate, whole: false))
        }
    }

    /// Adds the cells of the row that no border crosses and whose centre, and so all of them, lies inside.
    private mutating func markInside(row: Int, columns: ClosedRange<Int>, _ candidate: GridLocator.Candidate) {
        // Between two cells without border between them nothing changes: one test serves a run of cells.
        var runIsInside: Bool?
        for column in columns {
            let cell = row * raster.columns + column
            if lastBorder[cell] == candidate.area {
                runIsInside = nil
                continue
            }
            let inside = runIsInside ?? isInside(raster.center(column: column, row: row), candidate)
            runIsInside = inside
            if inside { entries.append(Entry(cell: Int32(cell), candidate: candidate, whole: true)) }
        }
    }

    private func isInside(_ place: Coordinate, _ candidate: GridLocator.Candidate) -> Bool {
        let east = edges[Int(candidate.firstEdge)...].reduce(0) {
            $0 + $1.countEast(of: place.longitude, place.latitude)
        }
        return east % 2 == 1
    }

    /// The cells' contents, the candidates of those that are undecided, and where each list of candidates begins.
    func packed() -> (contents: [CellContents], candidates: [GridLocator.Candidate], lists: [Int32]) {
        var contents = Array(repeating: CellContents.empty, count: raster.count)
        var candidates: [GridLocator.Candidate] = []
        var lists: [Int32] = []
        let sorted = entries.sorted { ($0.cell, $0.candidate.area) < ($1.cell, $1.candidate.area) }
        for cell in sorted.chunked(by: { $0.cell == $1.cell }) {
            let first = cell[cell.startIndex]
            if cell.count == 1, first.whole {
                contents[Int(first.cell)] = .inside(first.candidate.area)
            } else {
                contents[Int(first.cell)] = .undecided(list: lists.count)
                lists.append(Int32(candidates.count))
                candidates += cell.map(\.candidate)
            }
        }
        lists.append(Int32(candidates.count))
        return (contents, candidates, lists)
    }
}

extension BoundingBox {
    fileprivate func grown(by degrees: Double) -> BoundingBox {
        BoundingBox(
            minLongitude: minLongitude - degrees, minLatitude: minLatitude - degrees,
            maxLongitude: maxLongitude + degrees, maxLatitude: maxLatitude + degrees)
    }
}

extension Array {
    /// Runs of neighbours that belong together.
    fileprivate func chunked(by belongTogether: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
        var chunks: [ArraySlice<Element>] = []
        var start = startIndex
        for index in indices.dropFirst() where !belongTogether(self[index - 1], self[index]) {
            chunks.append(self[start..<index])
            start = index
        }
        if start < endIndex { chunks.append(self[start...]) }
        return chunks
    }
}

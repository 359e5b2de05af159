import City

/// Draws places inside the smallest grids, and keeps matters that could be taken for each other apart.
struct MatterPlaces {
    /// Distance that two matters of one filing condition keep, in metres: well beyond any radius of duplicates.
    private let apartMetres: Double
    private let city: City
    private let leaves: [Grid]
    private let boxes: [BoundingBox]
    private let choice: WeightedChoice
    private var taken: [Cell: [Coordinate]] = [:]

    /// A square of about `apartMetres`, of one filing condition.
    private struct Cell: Hashable {
        var condition: ConditionCode
        var column: Int
        var row: Int
    }

    private static let metresOfADegree = 111_000.0

    /// Grids are drawn in proportion to their households, those without any now and then.
    init(city: City) {
        self.city = city
        apartMetres = max(80, city.profile.policy.duplicates.radiusMetres * 3)
        leaves = city.leaves.filter { !city.posts(in: $0.code).isEmpty }
        boxes = leaves.map { $0.area.boundingBox ?? city.boundingBox }
        choice = WeightedChoice(leaves.map { Double(max($0.households, 60)) })
    }

    /// A place that lies in its grid whichever datum it is told in.
    ///
    /// - Parameter keepsOthersAway: No later place of the condition will be near it.
    mutating func draw(
        _ condition: ConditionCode, keepsOthersAway: Bool, _ random: inout SeededRandom
    ) -> (grid: Grid, place: Coordinate) {
        while true {
            let index = choice.draw(&random)
            guard let place = place(in: leaves[index], boxes[index], &random), isFree(place, of: condition) else {
                continue
            }
            if keepsOthersAway { taken[cell(place, condition), default: []].append(place) }
            return (leaves[index], place)
        }
    }

    /// A place a few metres from another, in the same grid; the other itself when there is none.
    func near(_ place: Coordinate, in grid: GridCode, _ random: inout SeededRandom) -> Coordinate {
        for _ in 0..<20 {
            let moved = Coordinate(
                longitude: place.longitude + (random.unit() - 0.5) * 1.6e-4,
                latitude: place.latitude + (random.unit() - 0.5) * 1.6e-4)
            if moved.distanceMetres(to: place) < 12, isWellInside(moved, grid) { return moved }
        }
        return place
    }

    private func place(in grid: Grid, _ box: BoundingBox, _ random: inout SeededRandom) -> Coordinate? {
        for _ in 0..<50 {
            let place = Coordinate(
                longitude: box.minLongitude + random.unit() * box.width,
                latitude: box.minLatitude + random.unit() * box.height)
            if isWellInside(place, grid.code) { return place }
        }
        return nil
    }

    /// Inside, and not so near a border that rounding or the conversion of a datum could carry it over.
    private func isWellInside(_ place: Coordinate, _ grid: GridCode) -> Bool {
        let margin = 1e-6
        return [(0, 0), (margin, 0), (-margin, 0), (0, margin), (0, -margin)].allSatisfy { east, north in
            city.locate(Coordinate(longitude: place.longitude + east, latitude: place.latitude + north))?.code == grid
        }
    }

    private func cell(_ place: Coordinate, _ condition: ConditionCode) -> Cell {
        let size = apartMetres / Self.metresOfADegree
        return Cell(
            condition: condition, column: Int((place.longitude / size).rounded(.down)),
            row: Int((place.latitude / size).rounded(.down)))
    }

    private func isFree(_ place: Coordinate, of condition: ConditionCode) -> Bool {
        let centre = cell(place, condition)
        // A degree of longitude is the shorter one, so a neighbour may be two columns away.
        for column in -2...2 {
            for row in -1...1 {
                let cell = Cell(condition: condition, column: centre.column + column, row: centre.row + row)
                if taken[cell]?.contains(where: { $0.distanceMetres(to: place) < apartMetres }) == true { return false }
            }
        }
        return true
    }
}

/// Joins small grids into larger ones: connected groups of about the same size.
enum Partition {
    /// The group of each cell, groups numbered 0 ..< `groups` from the north-west.
    ///
    /// Every group is connected and none is empty. Groups grow one cell at a time, always the smallest that can; then
    /// they start again from their middles.
    static func grow(
        neighbours: [[Int]], centres: [PlanePoint], sizes: [Int], groups: Int, random: inout SeededRandom
    ) throws -> [Int] {
        guard groups >= 1, groups <= centres.count else {
            throw DrawingError(description: "\(centres.count) grids cannot be joined into \(groups)")
        }
        var starts = scatteredStarts(centres, count: groups, random: &random)
        var best: (assignment: [Int], spread: Int)?
        for _ in 0..<12 {
            let assignment = try grow(from: starts, neighbours: neighbours, centres: centres, sizes: sizes)
            var totals = Array(repeating: 0, count: groups)
            for (cell, group) in assignment.enumerated() { totals[group] += sizes[cell] }
            let spread = (totals.max() ?? 0) - (totals.min() ?? 0)
            if spread < best?.spread ?? .max { best = (assignment, spread) }
            starts = middles(of: assignment, centres: centres, groups: groups)
        }
        guard let best else { throw DrawingError(description: "no grouping was found") }
        return numberedFromNorthWest(best.assignment, centres: centres, groups: groups)
    }

    private static func grow(
        from starts: [Int], neighbours: [[Int]], centres: [PlanePoint], sizes: [Int]
    ) throws -> [Int] {
        var group = Array(repeating: -1, count: centres.count)
        var totals = starts.map { sizes[$0] }
        for (index, start) in starts.enumerated() { group[start] = index }
        var left = centres.count - starts.count
        while left > 0 {
            var grew = false
            for index in totals.indices.sorted(by: { (totals[$0], $0) < (totals[$1], $1) }) {
                let start = centres[starts[index]]
                var nearest: (cell: Int, distance: Double)?
                for cell in group.indices where group[cell] == index {
                    for neighbour in neighbours[cell] where group[neighbour] < 0 {
                        let distance = (centres[neighbour] - start).squaredLength
                        if distance < nearest?.distance ?? .infinity { nearest = (neighbour, distance) }
                    }
                }
                guard let nearest else { continue }
                group[nearest.cell] = index
                totals[index] += sizes[nearest.cell]
                left -= 1
                grew = true
                break
            }
            guard grew else { throw DrawingError(description: "the grids are not all connected; try another seed") }
        }
        return group
    }

    /// Starts far from each other: each next one is the cell farthest from all before it.
    private static func scatteredStarts(_ centres: [PlanePoint], count: Int, random: inout SeededRandom) -> [Int] {
        var starts = [random.integer(in: 0...(centres.count - 1))]
        while starts.count < count {
            let farthest = centres.indices.filter { !starts.contains($0) }.max { left, right in
                nearness(left, starts, centres) < nearness(right, starts, centres)
            }
            starts.append(farthest ?? 0)
        }
        return starts
    }

    private static func nearness(_ cell: Int, _ starts: [Int], _ centres: [PlanePoint]) -> Double {
        starts.map { (centres[$0] - centres[cell]).squaredLength }.min() ?? 0
    }

    /// The cell of each group that is nearest to the group's middle.
    private static func middles(of assignment: [Int], centres: [PlanePoint], groups: Int) -> [Int] {
        (0..<groups).map { group in
            let cells = centres.indices.filter { assignment[$0] == group }
            let sum = cells.reduce(PlanePoint(x: 0, y: 0)) { $0 + centres[$1] }
            let middle = sum * (1 / Double(cells.count))
            return cells.min { (centres[$0] - middle).squaredLength < (centres[$1] - middle).squaredLength } ?? 0
        }
    }

    private static func numberedFromNorthWest(_ assignment: [Int], centres: [PlanePoint], groups: Int) -> [Int] {
        let middles = middles(of: assignment, centres: centres, groups: groups)
        let north = centres.map(\.y).max() ?? 0
        let south = centres.map(\.y).min() ?? 0
        let band = max((north - south) / 4, 1)
        func order(_ group: Int) -> (Double, Double) {
            let middle = centres[middles[group]]
            return (((north - middle.y) / band).rounded(.down), middle.x)
        }
        let ranked = (0..<groups).sorted { order($0) < order($1) }
        var number = Array(repeating: 0, count: groups)
        for (rank, group) in ranked.enumerated() { number[group] = rank }
        return assignment.map { number[$0] }
    }
}

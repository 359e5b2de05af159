/// Bends the straight border between two cells, as streets and canals do, without leaving the two cells.
enum WobblyBorder {
    /// Points from `start` to `end`, both included.
    ///
    /// Every point stays inside one of the triangles (site, start, end). These triangles of different borders do not
    /// overlap, so bent borders cross neither themselves nor each other.
    static func line(
        from start: PlanePoint, to end: PlanePoint, between sites: (PlanePoint, PlanePoint),
        random: inout SeededRandom
    ) -> [PlanePoint] {
        let length = (end - start).length
        var pieces = 1
        while pieces < 8, length / Double(pieces) > 130 { pieces *= 2 }
        guard pieces > 1 else { return [start, end] }

        let heights = midpointHeights(pieces: pieces, random: &random)
        let along = end - start
        let across = PlanePoint(x: -along.y, y: along.x)
        var strength = 0.16
        while strength > 0.005 {
            let line = (0...pieces).map { step in
                start + along * (Double(step) / Double(pieces)) + across * (heights[step] * strength)
            }
            let isInside = line.dropFirst().dropLast().allSatisfy { point in
                contains(point, start, end, sites.0) || contains(point, start, end, sites.1)
            }
            if isInside { return line }
            strength /= 2
        }
        return [start, end]
    }

    /// Heights of −1 … 1 along the line, nothing at its ends: each midpoint departs from the mean of its neighbours,
    /// half as far at each finer step.
    private static func midpointHeights(pieces: Int, random: inout SeededRandom) -> [Double] {
        var heights = Array(repeating: 0.0, count: pieces + 1)
        var step = pieces
        var reach = 1.0
        while step > 1 {
            for left in stride(from: 0, to: pieces, by: step) {
                let mean = (heights[left] + heights[left + step]) / 2
                heights[left + step / 2] = mean + (random.unit() * 2 - 1) * reach
            }
            step /= 2
            reach /= 2
        }
        return heights
    }

    /// Strictly inside, with a margin of a hundredth, so that rounding to millionths of a degree cannot carry it out.
    private static func contains(
        _ point: PlanePoint, _ first: PlanePoint, _ second: PlanePoint, _ third: PlanePoint
    ) -> Bool {
        let whole = (second - first).cross(third - first)
        guard abs(whole) > 1 else { return false }
        let towardsSecond = (second - third).cross(point - third) / (second - third).cross(first - third)
        let towardsFirst = (first - third).cross(point - third) / (first - third).cross(second - third)
        let apex = (second - first).cross(point - first) / whole
        return towardsFirst > 0.01 && towardsSecond > 0.01 && apex > -1e-9 && apex < 0.99
    }
}

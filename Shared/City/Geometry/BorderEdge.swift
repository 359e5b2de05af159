/// One edge of a ring, its lower end first, so that the two grids beside a border compute the very same crossing.
struct BorderEdge: Sendable {
    var x1, y1, x2, y2: Double

    init(_ one: Coordinate, _ other: Coordinate) {
        // Ends of one latitude are ordered too: each edge must be the same seen from either side.
        let swapped = (one.latitude, one.longitude) > (other.latitude, other.longitude)
        let (low, high) = swapped ? (other, one) : (one, other)
        (x1, y1, x2, y2) = (low.longitude, low.latitude, high.longitude, high.latitude)
    }

    /// 1 if a ray due east from the place meets the edge, else 0.
    ///
    /// The lower end belongs to the edge, the upper one does not, so that a ray through a corner counts it once; an edge
    /// that runs due east is never met. Free of branches and divisions: where edges are tried, nothing can be predicted.
    func countEast(of x: Double, _ y: Double) -> Int {
        let isAbove = y1 <= y ? 1 : 0
        let isBelow = y < y2 ? 1 : 0
        let isWest = (x - x1) * (y2 - y1) < (y - y1) * (x2 - x1) ? 1 : 0
        return isAbove & isBelow & isWest
    }

    /// Longitude at which the edge, which must not run due east, crosses a latitude.
    func crossing(latitude y: Double) -> Double { x1 + (y - y1) * (x2 - x1) / (y2 - y1) }

    /// Square of the distance from a place to the edge, in degrees.
    func squaredDistance(_ x: Double, _ y: Double) -> Double {
        let (dx, dy) = (x2 - x1, y2 - y1)
        let lengthSquared = dx * dx + dy * dy
        let part = lengthSquared == 0 ? 0 : max(0, min(1, ((x - x1) * dx + (y - y1) * dy) / lengthSquared))
        let (offX, offY) = (x - x1 - part * dx, y - y1 - part * dy)
        return offX * offX + offY * offY
    }
}

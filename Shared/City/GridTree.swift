/// The tree of grids, numbered so that "lies in" is a comparison of two numbers.
struct GridTree: Sendable {
    /// In the order of a walk from the root that goes down before it goes on, children by code: a grid and everything in it
    /// stand together.
    let grids: [Grid]
    private let positions: [GridCode: Int32]
    /// Position behind the last grid inside each.
    private let ends: [Int32]
    /// For each grid the way from the root to it, both included; level l is at l − 1.
    private let paths: [[Int32]]

    /// - Throws: ``CityFault``
    init(_ unordered: [Grid]) throws(CityFault) {
        var byCode: [GridCode: Grid] = [:]
        for grid in unordered where byCode.updateValue(grid, forKey: grid.code) != nil {
            throw .duplicate(kind: "grid", code: grid.code.rawValue)
        }
        var children: [GridCode: [Grid]] = [:]
        for grid in unordered {
            guard let parent = grid.parent else { continue }
            guard byCode[parent] != nil else {
                throw .unknown(kind: "grid", code: parent.rawValue, referredToBy: "grid \(grid.code)")
            }
            children[parent, default: []].append(grid)
        }
        let roots = unordered.filter { $0.parent == nil }
        guard roots.count == 1 else { throw .rootCount(roots.map(\.code)) }

        var walk = Walk(children: children)
        try walk.visit(roots[0], path: [])
        if walk.grids.count != unordered.count, let lost = unordered.first(where: { walk.positions[$0.code] == nil }) {
            throw .cycle(lost.code)
        }
        grids = walk.grids
        positions = walk.positions
        ends = walk.ends
        paths = walk.paths
    }

    /// Numbers grids in the order it meets them.
    private struct Walk {
        let children: [GridCode: [Grid]]
        var grids: [Grid] = []
        var positions: [GridCode: Int32] = [:]
        var ends: [Int32] = []
        var paths: [[Int32]] = []

        mutating func visit(_ grid: Grid, path: [Int32]) throws(CityFault) {
            guard grid.level == path.count + 1 else { throw .wrongLevel(grid.code) }
            let position = Int32(grids.count)
            let path = path + [position]
            grids.append(grid)
            positions[grid.code] = position
            ends.append(0)
            paths.append(path)
            for child in (children[grid.code] ?? []).sorted(by: { $0.code < $1.code }) {
                try visit(child, path: path)
            }
            ends[Int(position)] = Int32(grids.count)
        }
    }

    func position(of code: GridCode) -> Int? { positions[code].map(Int.init) }

    /// Positions from the root down to the grid itself.
    func path(to position: Int) -> [Int32] { paths[position] }

    /// Positions of the grid and of everything inside it.
    func subtree(of position: Int) -> Range<Int> { position..<Int(ends[position]) }

    /// Positions of the grids one level below, by code.
    func children(of position: Int) -> [Int] {
        var children: [Int] = []
        var next = position + 1
        while next < Int(ends[position]) {
            children.append(next)
            next = Int(ends[next])
        }
        return children
    }

    func isLeaf(_ position: Int) -> Bool { Int(ends[position]) == position + 1 }
}

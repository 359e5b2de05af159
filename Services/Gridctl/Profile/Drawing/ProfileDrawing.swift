import City

/// Draws the grid tree of a profile whose real boundaries are not published.
///
/// The result is plausible, not real. It covers one area without gap or overlap at every level: the smallest grids share
/// their vertices exactly, and each larger grid is the exact union of its parts. The same recipe gives the same grids on
/// every system.
enum ProfileDrawing {
    /// The grids of all levels, the root first, the parts of a grid together.
    ///
    /// - Throws: ``DrawingError`` when the recipe cannot be drawn; most often another seed helps.
    static func draw(_ recipe: DrawingRecipe) throws -> [Grid] {
        guard let smallest = recipe.levels.last else { throw DrawingError(description: "the recipe has no levels") }
        let mesh = try CellMesh(
            seed: recipe.seed, cells: smallest.count, squareMetres: recipe.squareKilometres * 1e6,
            aspect: recipe.aspect, plane: LocalPlane(centre: recipe.centre))

        // Bottom up: the groups of each level are joined into those of the level above.
        var layers = [Layer(mesh)]
        for (distance, level) in recipe.levels.dropLast().reversed().enumerated() {
            var random = SeededRandom(seed: recipe.seed, part: 3, distance)
            layers.append(try layers[distance].joined(into: level.count, random: &random))
        }
        return try grids(recipe, layers: layers.reversed())
    }

    /// One level while it is drawn.
    private struct Layer {
        /// Cells of the mesh in each grid of this level.
        var cells: [[Int]]
        /// For each grid the one of the level above it belongs to; filled when that level is made.
        var parents: [Int]
        var centres: [PlanePoint]
        var neighbours: [[Int]]
        let mesh: CellMesh

        init(_ mesh: CellMesh) {
            self.mesh = mesh
            cells = mesh.outlines.indices.map { [$0] }
            parents = []
            centres = mesh.centres
            neighbours = mesh.neighbours
        }

        mutating func joined(into groups: Int, random: inout SeededRandom) throws -> Layer {
            parents = try Partition.grow(
                neighbours: neighbours, centres: centres, sizes: cells.map(\.count), groups: groups, random: &random)
            var upper = self
            upper.parents = []
            upper.cells = Array(repeating: [], count: groups)
            var touching = Array(repeating: Set<Int>(), count: groups)
            for (grid, group) in parents.enumerated() {
                upper.cells[group] += cells[grid]
                for neighbour in neighbours[grid] where parents[neighbour] != group {
                    touching[group].insert(parents[neighbour])
                }
            }
            upper.neighbours = touching.map { $0.sorted() }
            upper.centres = upper.cells.map { members in
                members.reduce(PlanePoint(x: 0, y: 0)) { $0 + mesh.centres[$1] } * (1 / Double(members.count))
            }
            return upper
        }
    }

    private static func grids(_ recipe: DrawingRecipe, layers: [Layer]) throws -> [Grid] {
        // Households are given to the smallest grids and added up.
        var random = SeededRandom(seed: recipe.seed, part: 4)
        let households = layers.last?.cells.map { _ in random.integer(in: recipe.households) } ?? []

        var grids: [Grid] = []
        var above: [Grid] = []
        for (depth, (level, layer)) in zip(recipe.levels, layers).enumerated() {
            var numbers: [GridCode?: Int] = [:]
            var here: [Grid] = []
            for (index, cells) in layer.cells.enumerated() {
                let parent = depth == 0 ? nil : above[layer.parents[index]]
                let group = level.numbersInParent ? parent?.code : nil
                let number = (numbers[group] ?? 0) + 1
                numbers[group] = number
                here.append(
                    Grid(
                        code: GridCode(Pattern.fill(level.code, parent: parent?.code.rawValue ?? "", number: number)),
                        parent: parent?.code, level: level.level, kind: .base,
                        name: index < level.names.count
                            ? level.names[index] : Pattern.fill(level.pattern, parent: parent?.name, number: number),
                        households: cells.reduce(0) { $0 + households[$1] },
                        area: try Outline(joining: cells.map { layer.mesh.outlines[$0] }).area()))
            }
            // The parts of a grid stand together in the file.
            let order = here.indices.sorted { left, right in
                depth == 0 ? left < right : (layer.parents[left], left) < (layer.parents[right], right)
            }
            grids += order.map { here[$0] }
            above = here
        }
        return grids
    }
}

/// Fills the numbers and names into the patterns of a recipe.
enum Pattern {
    static func fill(_ pattern: String, parent: String, number: Int) -> String {
        replace(
            ["parent": parent, "n": String(number), "nn": padded(number, 2), "nnn": padded(number, 3)], in: pattern)
    }

    static func fill(_ pattern: LocalizedText, parent: LocalizedText?, number: Int) -> LocalizedText {
        LocalizedText(
            zh: fill(pattern.zh, parent: parent?.zh ?? "", number: number),
            en: fill(pattern.en, parent: parent?.en ?? "", number: number))
    }

    /// Replaces `{name}` by its value; other text stays.
    static func replace(_ values: [String: String], in pattern: String) -> String {
        var filled = ""
        var rest = pattern[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            filled += rest[..<open]
            filled += values[name] ?? "{\(name)}"
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }

    static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

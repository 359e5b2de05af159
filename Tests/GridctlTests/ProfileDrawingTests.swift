import City
import Testing

@testable import Gridctl

@Suite("Drawing a profile")
struct ProfileDrawingTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var counts: [Int]
        var testDescription: String { "seed \(seed), \(counts)" }
    }

    static let shapes =
        [[1], [1, 1], [1, 3, 9, 40], [1, 10, 100], [1, 11, 16, 151]].flatMap { counts in
            [1, 2, 20_251_101].map { Shape(seed: $0, counts: counts) }
        } + (100..<120).map { Shape(seed: $0, counts: [1, 5, 60]) }

    @Test("Grids of every level cover the one above exactly", arguments: shapes)
    func cover(_ shape: Shape) throws {
        let recipe = Self.recipe(shape)
        let grids = try ProfileDrawing.draw(recipe)
        #expect(shape.counts.indices.map { depth in grids.count { $0.level == depth + 1 } } == shape.counts)
        #expect(Set(grids.map(\.code)).count == grids.count)

        for grid in grids {
            #expect(grid.area.firstSelfIntersection() == nil, "\(grid.code)")
            #expect(grid.area.polygons.count == 1, "\(grid.code) is in pieces")
            let parts = grids.filter { $0.parent == grid.code }
            guard !parts.isEmpty else { continue }
            let sum = parts.reduce(0.0) { $0 + $1.area.areaSquareMetres }
            #expect(abs(sum - grid.area.areaSquareMetres) < 0.01, "\(grid.code)")
            #expect(parts.reduce(0) { $0 + $1.households } == grid.households)
        }
        // Bent outer borders add or take a little; the fewer grids the more.
        #expect(abs(grids[0].area.areaSquareMetres / 48e6 - 1) < 0.2 / Double(shape.counts.last ?? 1).squareRoot())
    }

    @Test("Every place lies in exactly one of the smallest grids")
    func places() throws {
        let grids = ShippedProfile.grids
        let leaves = grids.filter { $0.level == 4 }
        let box = try #require(grids[0].area.boundingBox)
        let seed: UInt64 = 7
        var random = SeededRandom(seed: seed)
        var inside = 0
        for _ in 0..<1_000 {
            let place = Coordinate(
                longitude: box.minLongitude + random.unit() * box.width,
                latitude: box.minLatitude + random.unit() * box.height)
            let owners = leaves.count { Self.contains($0.area, place) }
            let isInside = Self.contains(grids[0].area, place)
            #expect(owners == (isInside ? 1 : 0), "\(place), seed \(seed)")
            inside += isInside ? 1 : 0
        }
        #expect(inside > 700)
    }

    @Test("The same recipe gives the same bytes, another seed others")
    func determinism() throws {
        let shape = Shape(seed: 5, counts: [1, 4, 30])
        let notice = LocalizedText(zh: "无", en: "none")
        let first = GridsFile.write(try ProfileDrawing.draw(Self.recipe(shape)), notice: notice)
        let second = GridsFile.write(try ProfileDrawing.draw(Self.recipe(shape)), notice: notice)
        let other = GridsFile.write(
            try ProfileDrawing.draw(Self.recipe(Shape(seed: 6, counts: shape.counts))), notice: notice)
        #expect(first == second)
        #expect(first != other)
    }

    @Test("The shipped grids and posts are what the shipped recipe draws")
    func shippedFiles() throws {
        let faults = FaultList()
        let drawn = try #require(try DrawnFiles(ProfileFolder(path: ShippedProfile.folder), faults: faults))
        for (name, text) in drawn.texts {
            let isSame = ShippedProfile.files[name] == text
            #expect(isSame, "\(name) is stale: run gridctl profile draw")
        }
    }

    @Test("Grids written and read back are the same")
    func geoJSON() throws {
        let grids = try ProfileDrawing.draw(Self.recipe(Shape(seed: 9, counts: [1, 2, 12])))
        let faults = FaultList()
        let text = GridsFile.write(grids, notice: LocalizedText(zh: "引号\"与\\", en: "tab\tand \u{1}"))
        #expect(GridsFile.read(text, faults: faults)?.map(\.value) == grids)
        #expect(faults.sorted.isEmpty)
    }

    @Test("Shares add up and follow the weights")
    func shares() {
        #expect(PostDrawing.shares(of: 10, by: [1, 1, 1]) == [4, 3, 3])
        #expect(PostDrawing.shares(of: 7, by: [0, 5, 2]) == [0, 5, 2])
        #expect(PostDrawing.shares(of: 751, by: Array(300..<451)).reduce(0, +) == 751)
    }

    @Test("Patterns are filled")
    func patterns() {
        #expect(Pattern.fill("{parent}-{nn}", parent: "A", number: 7) == "A-07")
        #expect(Pattern.fill("{nnn}{n}", parent: "", number: 12) == "01212")
        #expect(Pattern.replace(["a": "{b}", "b": "x"], in: "{a}{b}{c}{") == "{b}x{c}{")
    }

    private static func recipe(_ shape: Shape) -> DrawingRecipe {
        let none = LocalizedText(zh: "{parent}{n}", en: "{parent}/{n}")
        return DrawingRecipe(
            seed: shape.seed, notice: none, centre: Coordinate(longitude: 103.975, latitude: 30.53),
            squareKilometres: 48,
            aspect: 1.25, households: 300...500,
            levels: shape.counts.enumerated().map { depth, count in
                DrawingRecipe.Level(
                    level: depth + 1, count: count, code: "L\(depth + 1)-{nnn}", numbersInParent: false, names: [],
                    pattern: none)
            }, staffing: [])
    }

    /// The plain even-odd test, not the product's.
    private static func contains(_ area: MultiPolygon, _ place: Coordinate) -> Bool {
        var isInside = false
        for ring in area.polygons.flatMap(\.rings) {
            for (from, to) in zip(ring, ring.dropFirst())
            where (from.latitude > place.latitude) != (to.latitude > place.latitude) {
                let share = (place.latitude - from.latitude) / (to.latitude - from.latitude)
                if place.longitude < from.longitude + share * (to.longitude - from.longitude) { isInside.toggle() }
            }
        }
        return isInside
    }
}

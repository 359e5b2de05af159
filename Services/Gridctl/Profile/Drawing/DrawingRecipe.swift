import City

/// `drawing.yaml`: how the invented part of a profile is drawn. The same recipe gives the same bytes.
struct DrawingRecipe: Sendable {
    /// One level of the tree to draw, the root first.
    struct Level: Sendable {
        var level: Int
        var count: Int
        /// `{parent}` is the parent's code, `{n}` … `{nnn}` the number (zero-filled to as many digits as there are n).
        var code: String
        /// True when numbers begin anew in each parent.
        var numbersInParent: Bool
        /// Names in order; where there is none, `pattern` names the grid.
        var names: [LocalizedText]
        var pattern: LocalizedText
    }

    /// Posts to staff the drawn grids, or the units, with.
    struct Staffing: Sendable {
        enum Place: Sendable, Hashable {
            /// So many posts in every grid of the level.
            case each(level: Int, count: Int)
            /// So many posts over all grids of the level, more where more households live.
            case spread(level: Int, total: Int)
            /// So many posts in every unit of these kinds; no kinds means every unit.
            case units(kinds: [String], count: Int)
        }

        var role: String
        /// Letters before the running number of the post's code.
        var prefix: String
        var place: Place
        /// `{grid}` and `{unit}` stand for names, `{n}` for the number within the grid or unit.
        var title: LocalizedText
    }

    var seed: UInt64
    var notice: LocalizedText
    var centre: Coordinate
    var squareKilometres: Double
    /// Width through height.
    var aspect: Double
    /// Households of one of the smallest grids.
    var households: ClosedRange<Int>
    var levels: [Level]
    var staffing: [Staffing]
}

extension DrawingRecipe {
    static let file = "drawing.yaml"

    init?(_ text: String, faults: FaultList) {
        guard let root = YAMLMapping(text, file: Self.file, faults: faults) else { return nil }
        seed = UInt64(root.integer("seed", in: 0...Int.max))
        notice = root.localized("notice")
        let middle = root.mapping("centre")
        centre = Coordinate(
            longitude: middle?.decimal("longitude", in: -180...180) ?? 0,
            latitude: middle?.decimal("latitude", in: -80...80) ?? 0)
        middle?.finish()
        squareKilometres = root.decimal("squareKilometres", in: 0.01...100_000)
        aspect = root.decimal("aspect", in: 0.2...5)
        let bounds = root.mapping("households")
        let least = bounds?.integer("from", in: 0...1_000_000) ?? 0
        households = least...max(least, bounds?.integer("to", in: 0...1_000_000) ?? 0)
        bounds?.finish()
        levels = root.mappings("levels").map { Self.level($0) }
        staffing = root.mappings("staffing").map { Self.staffing($0) }
        root.finish()

        if levels.isEmpty { root.malformed("levels", zh: "至少要有一级", en: "expected at least one level") }
        let counts = levels.map(\.count)
        if counts.first != 1 || zip(counts, counts.dropFirst()).contains(where: >) {
            root.malformed("levels", zh: "各级数量应从 1 起逐级不减", en: "counts begin with 1 and never shrink")
        }
        if faults.hasFatal { return nil }
    }

    private static func level(_ mapping: YAMLMapping) -> Level {
        defer { mapping.finish() }
        let names = mapping.mappings("names").map { name in
            defer { name.finish() }
            return LocalizedText(zh: name.text("zh"), en: name.text("en"))
        }
        let count = mapping.integer("count", in: 1...100_000)
        let isNamed = names.count >= count && !mapping.has("pattern")
        return Level(
            level: mapping.integer("level", in: 1...20), count: count, code: mapping.text("code"),
            numbersInParent: mapping.has("numbersInParent") ? mapping.flag("numbersInParent") : false, names: names,
            pattern: isNamed ? LocalizedText(zh: "", en: "") : mapping.localized("pattern"))
    }

    private static func staffing(_ mapping: YAMLMapping) -> Staffing {
        defer { mapping.finish() }
        let place: Staffing.Place
        if mapping.has("total") {
            place = .spread(
                level: mapping.integer("level", in: 1...20), total: mapping.integer("total", in: 1...1_000_000))
        } else if mapping.has("level") {
            place = .each(level: mapping.integer("level", in: 1...20), count: mapping.integer("each", in: 1...1_000))
        } else {
            place = .units(kinds: mapping.texts("unitKinds"), count: mapping.integer("each", in: 1...1_000))
        }
        return Staffing(
            role: mapping.text("role"), prefix: mapping.text("prefix"), place: place, title: mapping.localized("title"))
    }
}

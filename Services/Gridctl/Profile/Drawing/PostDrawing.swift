import City

/// Staffs drawn grids and written units with the posts of a recipe.
enum PostDrawing {
    /// The posts in the order of the recipe; codes are the recipe's prefix and a running number.
    static func draw(_ recipe: DrawingRecipe, grids: [Grid], units: [Unit]) -> [StaffPost] {
        recipe.staffing.flatMap { staffing -> [StaffPost] in
            var posts: [StaffPost] = []
            func add(_ number: Int, grid: Grid?, unit: Unit?) {
                guard let code = grid?.code ?? unit?.grid else { return }
                posts.append(
                    StaffPost(
                        code: PostCode(staffing.prefix + Pattern.padded(posts.count + 1, 4)), grid: code,
                        role: staffing.role,
                        title: LocalizedText(
                            zh: title(staffing.title.zh, number, grid?.name.zh, unit?.name.zh),
                            en: title(staffing.title.en, number, grid?.name.en, unit?.name.en)),
                        unit: unit?.code))
            }
            switch staffing.place {
            case .each(let level, let count):
                for grid in grids where grid.level == level {
                    for number in 1...count { add(number, grid: grid, unit: nil) }
                }
            case .spread(let level, let total):
                let places = grids.filter { $0.level == level }
                for (grid, share) in zip(places, shares(of: total, by: places.map(\.households))) {
                    for number in stride(from: 1, through: share, by: 1) { add(number, grid: grid, unit: nil) }
                }
            case .units(let kinds, let count):
                for unit in units where kinds.isEmpty || kinds.contains(unit.kind) {
                    for number in 1...count { add(number, grid: nil, unit: unit) }
                }
            }
            return posts
        }
    }

    /// Whole shares in proportion to the weights, which add up to `total` (largest remainders first).
    static func shares(of total: Int, by weights: [Int]) -> [Int] {
        let sum = max(weights.reduce(0, +), 1)
        var shares = weights.map { total * $0 / sum }
        let remainders = weights.indices.sorted {
            (-(total * weights[$0] % sum), $0) < (-(total * weights[$1] % sum), $1)
        }
        for index in remainders.prefix(total - shares.reduce(0, +)) { shares[index] += 1 }
        return shares
    }

    private static func title(_ pattern: String, _ number: Int, _ grid: String?, _ unit: String?) -> String {
        Pattern.replace(["grid": grid ?? "", "unit": unit ?? "", "n": String(number)], in: pattern)
    }
}

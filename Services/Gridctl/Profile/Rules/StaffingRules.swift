import City

/// Each of the smallest grids has somebody answerable, and is of a size one person can look after. Only warnings: a city
/// may be short of staff, but it should know by how many.
enum StaffingRules {
    static func check(_ draft: ProfileDraft, _ faults: FaultList) {
        guard let document = draft.document, let grids = draft.grids else { return }
        let parents = Set(grids.compactMap(\.value.parent))
        let leaves = grids.filter { !parents.contains($0.value.code) }
        if let posts = draft.posts { checkPosts(leaves, posts.map(\.value), document, faults) }
        checkHouseholds(leaves.filter { $0.value.kind == .base }, norm: document.householdNorm, faults)
    }

    private static func checkPosts(
        _ leaves: [Located<Grid>], _ posts: [StaffPost], _ document: ProfileDocument, _ faults: FaultList
    ) {
        let needed = document.neededRoles
        guard !needed.isEmpty else { return }
        let staffed = Set(posts.filter { needed.contains($0.role) }.map(\.grid))
        let gaps = leaves.filter { !staffed.contains($0.value.code) }
        guard let first = gaps.first else { return }
        let roles = needed.joined(separator: ", ")
        faults.warning(
            .staffing, ProfileFolder.posts, field: "role",
            zh: "\(leaves.count) 个网格中有 \(gaps.count) 个没有任何岗位（\(roles)），如 \(first.value.code)",
            en: "\(gaps.count) of \(leaves.count) grids have none of \(roles), such as \(first.value.code)")
    }

    private static func checkHouseholds(_ leaves: [Located<Grid>], norm: ClosedRange<Int>, _ faults: FaultList) {
        let outside = leaves.filter { $0.value.households > 0 && !norm.contains($0.value.households) }
        guard let first = outside.first else { return }
        let total = leaves.reduce(0) { $0 + $1.value.households }
        let mean = total / max(leaves.count, 1)
        faults.warning(
            .households, ProfileFolder.grids, row: first.row, field: "households",
            zh:
                "\(leaves.count) 个网格共 \(total) 户，平均 \(mean) 户；\(outside.count) 个不在 \(norm.lowerBound) 至 \(norm.upperBound) 户之内，如 \(first.value.code)",
            en:
                "\(leaves.count) grids have \(total) households, \(mean) on average; \(outside.count) are outside \(norm.lowerBound) to \(norm.upperBound), such as \(first.value.code)"
        )
    }
}

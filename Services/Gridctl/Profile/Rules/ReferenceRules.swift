import City

/// What one file names, another has.
enum ReferenceRules {
    static func check(_ draft: ProfileDraft, _ faults: FaultList) {
        let grids = draft.grids.map { Set($0.map(\.value.code)) }
        let units = draft.units.map { Set($0.map(\.value.code)) }

        if let list = draft.units {
            UniqueCodes.check(list.map { ($0.value.code.rawValue, $0.row) }, in: ProfileFolder.units, faults: faults)
            for unit in list {
                check(grid: unit.value.grid, known: grids, file: ProfileFolder.units, row: unit.row, faults)
            }
        }
        if let list = draft.posts {
            UniqueCodes.check(list.map { ($0.value.code.rawValue, $0.row) }, in: ProfileFolder.posts, faults: faults)
            for post in list {
                check(grid: post.value.grid, known: grids, file: ProfileFolder.posts, row: post.row, faults)
                if let unit = post.value.unit, let units, !units.contains(unit) {
                    faults.fatal(
                        .unknownReference, ProfileFolder.posts, row: post.row, field: "unit", zh: "没有单位 \(unit)",
                        en: "there is no unit \(unit)")
                }
            }
        }
        if let list = draft.sources {
            UniqueCodes.check(list.map { ($0.value.code.rawValue, $0.row) }, in: ProfileFolder.sources, faults: faults)
        }
        if let catalogue = draft.catalogue {
            UniqueCodes.check(
                catalogue.conditions.map { ($0.value.code.rawValue, $0.row) }, in: ProfileFolder.catalogue,
                field: "condition", faults: faults)
        }
    }

    private static func check(grid: GridCode, known: Set<GridCode>?, file: String, row: Int, _ faults: FaultList) {
        guard let known, !grid.rawValue.isEmpty, !known.contains(grid) else { return }
        faults.fatal(
            .unknownReference, file, row: row, field: "grid", zh: "没有网格 \(grid)", en: "there is no grid \(grid)")
    }
}

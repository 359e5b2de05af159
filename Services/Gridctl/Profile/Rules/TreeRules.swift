import City

/// The grids form one tree, and each level has a name.
enum TreeRules {
    static func check(_ draft: ProfileDraft, _ faults: FaultList) {
        if let document = draft.document { checkLevels(document, faults) }
        guard let grids = draft.grids else { return }
        UniqueCodes.check(grids.map { ($0.value.code.rawValue, $0.row) }, in: ProfileFolder.grids, faults: faults)
        checkTree(grids, levels: draft.document?.levels, faults)
    }

    private static func checkLevels(_ document: ProfileDocument, _ faults: FaultList) {
        let numbers = document.levels.map(\.level)
        if numbers != Array(1...max(numbers.count, 1)) {
            faults.fatal(
                .level, ProfileFolder.profile, row: document.lines.levels, field: "levels", zh: "级别应从 1 起依次编号",
                en: "levels are numbered from 1 without a gap, in order")
        }
        UniqueCodes.check(
            document.levels.map { ($0.slug, document.lines.levels) }, in: ProfileFolder.profile, field: "levels.slug",
            faults: faults)
    }

    private static func checkTree(_ grids: [Located<Grid>], levels: [GridLevel]?, _ faults: FaultList) {
        let file = ProfileFolder.grids
        let byCode = Dictionary(grids.map { ($0.value.code, $0.value) }, uniquingKeysWith: { first, _ in first })
        let parents = Set(grids.compactMap(\.value.parent))
        let deepest = levels?.map(\.level).max() ?? grids.map(\.value.level).max() ?? 1

        let roots = grids.filter { $0.value.parent == nil }
        if roots.isEmpty {
            faults.fatal(.tree, file, zh: "没有根网格（parent 为 null）", en: "there is no root (a grid whose parent is null)")
        }
        for root in roots.dropFirst() {
            faults.fatal(.tree, file, row: root.row, field: "parent", zh: "根网格只能有一个", en: "there is more than one root")
        }
        for grid in grids {
            let here = grid.value
            if let levels, !levels.isEmpty, !levels.contains(where: { $0.level == here.level }) {
                faults.fatal(
                    .level, file, row: grid.row, field: "level", zh: "profile.yaml 没有第 \(here.level) 级",
                    en: "profile.yaml has no level \(here.level)")
                continue
            }
            let expected: Int
            if let parent = here.parent {
                guard let upper = byCode[parent] else {
                    faults.fatal(
                        .unknownReference, file, row: grid.row, field: "parent", zh: "没有网格 \(parent)",
                        en: "there is no grid \(parent)")
                    continue
                }
                expected = upper.level + 1
            } else {
                expected = 1
            }
            if here.level != expected {
                faults.fatal(
                    .level, file, row: grid.row, field: "level", zh: "上级网格决定此处应为第 \(expected) 级",
                    en: "below its parent this is level \(expected)")
            }
            if here.level < deepest, !parents.contains(here.code) {
                faults.warning(
                    .tree, file, row: grid.row, field: "code", zh: "没有下级网格，只能由第 \(here.level) 级处理",
                    en: "has no parts; its matters stay at level \(here.level)")
            }
        }
    }
}

/// No code occurs twice in a file.
enum UniqueCodes {
    static func check(_ codes: [(code: String, row: Int)], in file: String, field: String = "code", faults: FaultList) {
        var first: [String: Int] = [:]
        for (code, row) in codes where !code.isEmpty {
            if let earlier = first[code] {
                faults.fatal(
                    .duplicate, file, row: row, field: field, zh: "\(code) 已在第 \(earlier) 处出现",
                    en: "\(code) occurs already at \(earlier)")
            } else {
                first[code] = row
            }
        }
    }
}

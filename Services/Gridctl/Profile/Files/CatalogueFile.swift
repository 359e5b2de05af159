import City

/// `catalogue.csv`: a row for each filing condition, with the category it belongs to.
struct CatalogueFile: Sendable {
    static let columns = [
        "category", "kind", "major_zh", "major_en", "name_zh", "name_en", "condition", "condition_zh", "condition_en",
        "limit", "severity", "evidence",
    ]

    private enum Evidence: String, CaseIterable {
        case yes, no
    }

    /// In the order of their first rows.
    var categories: [Located<Category>] = []
    var conditions: [Located<FilingCondition>] = []

    init?(_ text: String, faults: FaultList) {
        let file = ProfileFolder.catalogue
        guard let table = CSVTable(text, file: file, columns: Self.columns, faults: faults) else { return nil }
        var known: [CategoryCode: Category] = [:]
        for row in table.rows {
            let cells = RowReader(row, file: file, faults: faults)
            let category = Self.category(cells)
            if let first = known[category.code] {
                if first != category {
                    faults.fatal(
                        .inconsistent, file, row: row.line, field: "category", zh: "与前面同一小类的大类、名称或类型不一致",
                        en: "differs from an earlier row of the same category in kind, major class or name")
                }
            } else {
                known[category.code] = category
                categories.append(Located(value: category, row: row.line))
            }
            conditions.append(Located(value: Self.condition(cells, of: category.code), row: row.line))
        }
    }

    private static func category(_ cells: RowReader) -> Category {
        let kind = cells.choice("kind", or: Category.Kind.event)
        let code = cells.text("category")
        let letter: Character =
            switch kind {
            case .component: "C"
            case .event: "E"
            case .social: "S"
            }
        if !code.isEmpty, Category.Kind(rawValue: cells.row["kind"]) != nil, !CodeShape.isCategory(code, letter: letter)
        {
            cells.malformed(
                "category", zh: "应为字母 \(letter) 加四位数字", en: "expected the letter \(letter) and four digits")
        }
        return Category(
            code: CategoryCode(code), kind: kind, majorClass: cells.localized("major"), name: cells.localized("name"))
    }

    private static func condition(_ cells: RowReader, of category: CategoryCode) -> FilingCondition {
        let code = cells.text("condition")
        if !code.isEmpty, !CodeShape.isCondition(code, of: category.rawValue) {
            cells.malformed(
                "condition", zh: "应为小类代码、连字符和序号，如 \(category)-1",
                en: "expected the category, a hyphen and a number, such as \(category)-1")
        }
        var limit = TimeLimit(1, .workingHours)
        let notation = cells.text("limit")
        if !notation.isEmpty {
            do {
                limit = try TimeLimit(parsing: notation)
            } catch {
                cells.malformed("limit", zh: error.reason.zh, en: error.reason.en)
            }
        }
        return FilingCondition(
            code: ConditionCode(code), category: category, name: cells.localized("condition"), limit: limit,
            severity: cells.choice("severity", or: .general),
            needsEvidence: cells.choice("evidence", or: Evidence.no) == .yes)
    }
}

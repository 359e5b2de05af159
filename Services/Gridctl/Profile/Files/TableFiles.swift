import City

/// `posts.csv`
enum PostsFile {
    static let columns = ["code", "grid", "role", "unit", "title_zh", "title_en"]

    static func read(_ text: String, faults: FaultList) -> [Located<StaffPost>]? {
        CSVTable(text, file: ProfileFolder.posts, columns: columns, faults: faults)?.rows.map { row in
            let cells = RowReader(row, file: ProfileFolder.posts, faults: faults)
            let unit = row["unit"]
            return Located(
                value: StaffPost(
                    code: PostCode(cells.code("code")), grid: GridCode(cells.code("grid")), role: cells.slug("role"),
                    title: cells.localized("title"), unit: unit.isEmpty ? nil : UnitCode(unit)),
                row: row.line)
        }
    }

    static func write(_ posts: [StaffPost], notice: LocalizedText) -> String {
        CSVText.write(
            remark: "\(notice.zh) / \(notice.en)", header: columns,
            rows: posts.map {
                [$0.code.rawValue, $0.grid.rawValue, $0.role, $0.unit?.rawValue ?? "", $0.title.zh, $0.title.en]
            })
    }
}

/// `units.csv`
enum UnitsFile {
    static let columns = ["code", "grid", "kind", "name_zh", "name_en"]

    static func read(_ text: String, faults: FaultList) -> [Located<Unit>]? {
        CSVTable(text, file: ProfileFolder.units, columns: columns, faults: faults)?.rows.map { row in
            let cells = RowReader(row, file: ProfileFolder.units, faults: faults)
            return Located(
                value: Unit(
                    code: UnitCode(cells.code("code")), grid: GridCode(cells.code("grid")), kind: cells.slug("kind"),
                    name: cells.localized("name")),
                row: row.line)
        }
    }
}

/// `sources.yaml`
enum SourcesFile {
    static func read(_ text: String, faults: FaultList) -> [Located<Source>]? {
        guard let root = YAMLMapping(text, file: ProfileFolder.sources, faults: faults) else { return nil }
        defer { root.finish() }
        let sources = root.mappings("sources").map { mapping in
            defer { mapping.finish() }
            let code = mapping.text("code")
            if !code.isEmpty, !CodeShape.isSlug(code) {
                mapping.malformed("code", zh: "应为小写字母、数字和连字符", en: "expected lower-case letters, digits and hyphens")
            }
            return Located(
                value: Source(
                    code: SourceCode(code), name: mapping.localized("name"), datum: mapping.choice("datum", or: .wgs84),
                    staffed: mapping.flag("staffed")),
                row: mapping.line)
        }
        if sources.isEmpty { root.malformed("sources", zh: "至少要有一个来源", en: "expected at least one source") }
        return sources
    }
}

/// Cells of one row, each checked as it is read.
struct RowReader {
    let row: CSVTable.Row
    private let file: String
    private let faults: FaultList

    init(_ row: CSVTable.Row, file: String, faults: FaultList) {
        self.row = row
        self.file = file
        self.faults = faults
    }

    func text(_ column: String) -> String {
        let text = row[column]
        if text.isEmpty {
            faults.fatal(.missing, file, row: row.line, field: column, zh: "缺少此项", en: "this is missing")
        }
        return text
    }

    func code(_ column: String) -> String {
        let text = text(column)
        if !text.isEmpty, !CodeShape.isCode(text) {
            malformed(column, zh: "代码至多 64 字节，不含空格和逗号", en: "a code has at most 64 bytes and no spaces or commas")
        }
        return text
    }

    func slug(_ column: String) -> String {
        let text = text(column)
        if !text.isEmpty, !CodeShape.isSlug(text) {
            malformed(column, zh: "应为小写字母、数字和连字符", en: "expected lower-case letters, digits and hyphens")
        }
        return text
    }

    /// The columns `<column>_zh` and `<column>_en`.
    func localized(_ column: String) -> LocalizedText {
        LocalizedText(zh: text(column + "_zh"), en: text(column + "_en"))
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ column: String, or standIn: Choice) -> Choice {
        let text = text(column)
        guard !text.isEmpty else { return standIn }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            malformed(column, zh: "应为其中之一：\(known)", en: "expected one of \(known)")
            return standIn
        }
        return choice
    }

    func malformed(_ column: String, zh: String, en: String) {
        faults.fatal(.malformed, file, row: row.line, field: column, zh: zh, en: en)
    }
}

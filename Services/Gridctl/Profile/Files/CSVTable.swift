/// A comma-separated file (RFC 4180) with a header, read row by row with line numbers.
struct CSVTable: Sendable {
    struct Row: Sendable {
        /// Line of the file the row begins on, the header being line 1.
        var line: Int
        fileprivate var cells: [String]
        fileprivate var columns: [String: Int]

        /// The cell of a column, without surrounding spaces; empty where the column is absent.
        subscript(column: String) -> String {
            guard let index = columns[column], index < cells.count else { return "" }
            return cells[index].trimmed
        }
    }

    let rows: [Row]

    /// Reads `text`; nil when the header is unusable. Rows with a wrong number of cells are reported and left out.
    ///
    /// Lines that begin with `#` are remarks, such as the notice that names are invented.
    init?(_ text: String, file: String, columns expected: [String], faults: FaultList) {
        var parsed: [(line: Int, cells: [String])] = []
        do {
            parsed = try Self.parse(text)
        } catch {
            faults.fatal(
                .syntax, file, row: error.line, zh: "引号没有成对，或引号后有多余字符",
                en: "a quote is not closed, or something follows a closing quote")
            return nil
        }
        guard let header = parsed.first else {
            faults.fatal(.syntax, file, row: 1, zh: "缺少表头", en: "there is no header")
            return nil
        }
        var positions: [String: Int] = [:]
        for (index, cell) in header.cells.enumerated() {
            let name = cell.trimmed
            if !expected.contains(name) {
                faults.fatal(
                    .unknownColumn, file, row: header.line, field: name,
                    zh: "未知的列；可用的列：\(expected.joined(separator: "、"))",
                    en: "unknown column; known columns are \(expected.joined(separator: ", "))")
            } else if positions.updateValue(index, forKey: name) != nil {
                faults.fatal(.duplicate, file, row: header.line, field: name, zh: "列重复", en: "the column occurs twice")
            }
        }
        let absent = expected.filter { positions[$0] == nil }
        for name in absent {
            faults.fatal(.missing, file, row: header.line, field: name, zh: "缺少此列", en: "the column is missing")
        }
        guard absent.isEmpty else { return nil }

        var rows: [Row] = []
        for (line, cells) in parsed.dropFirst() {
            guard cells.count == header.cells.count else {
                faults.fatal(
                    .syntax, file, row: line, zh: "应有 \(header.cells.count) 格，实有 \(cells.count) 格",
                    en: "expected \(header.cells.count) cells, found \(cells.count)")
                continue
            }
            rows.append(Row(line: line, cells: cells, columns: positions))
        }
        self.rows = rows
    }

    private struct SyntaxError: Error {
        var line: Int
    }

    private static func parse(_ text: String) throws(SyntaxError) -> [(line: Int, cells: [String])] {
        var rows: [(line: Int, cells: [String])] = []
        var cells: [String] = []
        var cell: [UInt8] = []
        var line = 1
        var rowLine = 1
        var isQuoted = false
        var wasQuoted = false

        func endCell() {
            cells.append(String(decoding: cell, as: UTF8.self))
            cell = []
            wasQuoted = false
        }
        func endRow() {
            endCell()
            if cells != [""] { rows.append((rowLine, cells)) }
            cells = []
        }

        var bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isQuoted {
                if byte == UInt8(ascii: "\"") {
                    if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                        cell.append(byte)
                        index += 1
                    } else {
                        isQuoted = false
                        wasQuoted = true
                    }
                } else {
                    if byte == UInt8(ascii: "\n") { line += 1 }
                    cell.append(byte)
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "#") where cells.isEmpty && cell.isEmpty && !wasQuoted:
                index = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            case UInt8(ascii: "\""):
                guard cell.isEmpty, !wasQuoted else { throw SyntaxError(line: rowLine) }
                isQuoted = true
            case UInt8(ascii: ","): endCell()
            case UInt8(ascii: "\r"): continue
            case UInt8(ascii: "\n"):
                endRow()
                line += 1
                rowLine = line
            default:
                guard !wasQuoted else { throw SyntaxError(line: rowLine) }
                cell.append(byte)
            }
        }
        guard !isQuoted else { throw SyntaxError(line: rowLine) }
        if !cell.isEmpty || !cells.isEmpty { endRow() }
        return rows
    }
}

/// Writes rows so that ``CSVTable`` and spreadsheets read them back.
enum CSVText {
    static func write(remark: String, header: [String], rows: [[String]]) -> String {
        let lines = ["# \(remark)"] + ([header] + rows).map { $0.map(cell).joined(separator: ",") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func cell(_ text: String) -> String {
        let special: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        guard text.utf8.contains(where: special.contains) || text.hasPrefix("#") else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension StringProtocol {
    /// Without surrounding spaces and tabs.
    var trimmed: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}

/// Rows of text under a header, in columns as wide as they need to be.
struct TextTable {
    var header: [String]
    var rows: [[String]]
    /// Columns of numbers, which end rather than begin together.
    var numeric: Set<Int> = []

    var text: String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { Self.width($0[column]) }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - Self.width(cell))
                return numeric.contains(column) ? space + cell : cell + space
            }
            return cells.joined(separator: "  ").trimmingEnd
        }.joined(separator: "\n")
    }

    /// Columns of a terminal that a text takes: Chinese characters take two.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { width, scalar in
            switch scalar.value {
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
                0xFFE0...0xFFE6, 0x1F300...0x1FAFF:
                width + 2
            default: width + 1
            }
        }
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var end = endIndex
        while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
        return String(self[..<end])
    }
}

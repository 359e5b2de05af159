/// Names numbers that a sequence gave by their order: the third report is the third report, whatever its number.
struct NumberNames {
    /// Where the ranges of sequences begin, each of this size; dates written as 20251103 lie below.
    static let first = 21_000_000
    static let size = 1_000_000
    private static let end = 99_000_000

    private let names: [Int: String]

    /// - Parameter lines: All texts in which such numbers occur.
    init(_ lines: [String]) {
        var found: Set<Int> = []
        for line in lines {
            Self.scan(Array(line.utf8)) { _, number in found.insert(number) }
        }
        let ranges = Dictionary(grouping: found) { ($0 - Self.first) / Self.size }
        names = ranges.reduce(into: [:]) { names, range in
            for (place, number) in range.value.sorted().enumerated() { names[number] = "N\(range.key).\(place)" }
        }
    }

    func naming(_ lines: [String]) -> [String] {
        lines.map { line in
            let bytes = Array(line.utf8)
            var text = ""
            var copied = 0
            Self.scan(bytes) { range, number in
                text += String(decoding: bytes[copied..<range.lowerBound], as: UTF8.self)
                text += names[number] ?? "?"
                copied = range.upperBound
            }
            return text + String(decoding: bytes[copied...], as: UTF8.self)
        }
    }

    private static func scan(_ bytes: [UInt8], _ body: (Range<Int>, Int) -> Void) {
        func isDigit(_ index: Int) -> Bool { index < bytes.count && (0x30...0x39).contains(bytes[index]) }
        var index = 0
        while index < bytes.count {
            guard isDigit(index) else {
                index += 1
                continue
            }
            let start = index
            while isDigit(index) { index += 1 }
            guard index - start <= 10, let number = Int(String(decoding: bytes[start..<index], as: UTF8.self)),
                (first..<end).contains(number)
            else { continue }
            // A tracking number ends in a check digit, which follows from the number.
            if index - start == 10, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 2 }
            body(start..<index, number)
        }
    }
}

/// What codes look like. The model takes any text as a code; a profile's files are held to these shapes.
enum CodeShape {
    /// 1 to 64 bytes without control characters, spaces or commas.
    static func isCode(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && !text.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F || $0 == "," }
    }

    /// Lower-case letters, digits and hyphens, a letter first: `grid-leader`.
    static func isSlug(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, isLower(first) else { return false }
        return text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// County 6 + street 3, or county 6 + street 3 + community 3 digits.
    static func isDivision(_ text: String) -> Bool {
        (text.utf8.count == 9 || text.utf8.count == 12) && text.utf8.allSatisfy(isDigit)
    }

    /// Kind letter, two digits of the major and two of the minor class: `E0103`.
    static func isCategory(_ text: String, letter: Character) -> Bool {
        text.utf8.count == 5 && text.first == letter && text.utf8.dropFirst().allSatisfy(isDigit)
    }

    /// The category's code, a hyphen and a number: `C0101-1`.
    static func isCondition(_ text: String, of category: String) -> Bool {
        guard text.hasPrefix(category + "-") else { return false }
        let number = text.utf8.dropFirst(category.utf8.count + 1)
        return (1...3).contains(number.count) && number.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
}

/// A text as the scrubber sees it: each scalar beside the ASCII character it stands for, if any.
struct NumberText {
    let scalars: [Unicode.Scalar]
    private let plain: [UInt8]

    var count: Int { scalars.count }

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        plain = scalars.map { NumberText.mark($0) }
    }

    /// Whether a text has what the shortest numbers need: ten digits, or a plate's province, letter and digit.
    ///
    /// Most texts do not, and are not copied.
    static func mayHoldOne(_ text: String) -> Bool {
        var digits = 0
        var hasLetter = false
        var hasProvince = false
        for scalar in text.unicodeScalars {
            let mark = mark(scalar)
            if isDigit(mark) { digits += 1 }
            if isLetter(mark) { hasLetter = true }
            if mark == province { hasProvince = true }
            if digits >= 10 || digits > 0 && hasLetter && hasProvince { return true }
        }
        return false
    }

    // MARK: Characters

    private static let numerals: [Unicode.Scalar: UInt8] = [
        "零": 0x30, "〇": 0x30, "一": 0x31, "幺": 0x31, "壹": 0x31, "二": 0x32, "贰": 0x32, "两": 0x32, "三": 0x33, "叁": 0x33,
        "四": 0x34, "肆": 0x34, "五": 0x35, "伍": 0x35, "六": 0x36, "陆": 0x36, "七": 0x37, "柒": 0x37, "八": 0x38, "捌": 0x38,
        "九": 0x39, "玖": 0x39,
    ]

    private static let provinces = Set("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领".unicodeScalars)
    /// Last characters of plates with only four more before them.
    private static let plateEndings = Set("学警挂港澳领试".unicodeScalars)
    private static let separators = Array(" -".utf8)

    /// What a plate's province is marked with; no ASCII character.
    private static let province: UInt8 = 0x80

    /// What the scalars from U+3000 to U+9FFF stand for: nearly every character of a Chinese text is among them.
    private static let ideographs: [UInt8] = {
        var marks = [UInt8](repeating: 0, count: 0x7000)
        for (scalar, digit) in numerals { marks[Int(scalar.value) - 0x3000] = digit }
        for scalar in provinces { marks[Int(scalar.value) - 0x3000] = province }
        marks[0] = UInt8(ascii: " ")
        return marks
    }()

    /// The ASCII character a scalar stands for, ``province`` for one of a plate, 0 for anything else.
    private static func mark(_ scalar: Unicode.Scalar) -> UInt8 {
        switch scalar.value {
        case 0x21...0x7E: UInt8(scalar.value)
        case 0x3000...0x9FFF: ideographs[Int(scalar.value) - 0x3000]
        case 0x20, 0xA0: UInt8(ascii: " ")
        // Full-width forms stand 0xFEE0 above their ASCII twins.
        case 0xFF01...0xFF5E: UInt8(scalar.value - 0xFEE0)
        case 0x2010...0x2015, 0x2212: UInt8(ascii: "-")
        // Other scripts' decimal digits do not occur; mathematical ones do, in attempts to slip through.
        case 0x1D7CE...0x1D7FF: UInt8(0x30 + (scalar.value - 0x1D7CE) % 10)
        default: 0
        }
    }

    private static func isDigit(_ character: UInt8) -> Bool { character >= 0x30 && character <= 0x39 }
    private static func isLetter(_ character: UInt8) -> Bool { character | 0x20 >= 0x61 && character | 0x20 <= 0x7A }

    private func isDigit(_ position: Int) -> Bool { position < count && NumberText.isDigit(plain[position]) }

    private func isAlphanumeric(_ position: Int) -> Bool {
        position < count && (NumberText.isDigit(plain[position]) || NumberText.isLetter(plain[position]))
    }

    /// A digit written as a Chinese numeral.
    private func isNumeral(_ position: Int) -> Bool {
        isDigit(position) && (0x3007...0x9FFF).contains(scalars[position].value)
    }

    /// Whether two neighbours belong to one word: Latin letters and digits do, Chinese numerals have no such edges.
    private func isJoined(_ left: Int, _ right: Int) -> Bool {
        left >= 0 && isAlphanumeric(left) && isAlphanumeric(right) && !isNumeral(left) && !isNumeral(right)
    }

    // MARK: Edges

    func startsAlone(at position: Int) -> Bool {
        (isDigit(position) || plain[position] == UInt8(ascii: "+")) && !isJoined(position - 1, position)
    }

    /// Whether digits go on from a code (XHG-0123456789) or from the whole part of a coordinate (104.0647620000).
    func goesOn(at position: Int) -> Bool {
        guard position >= 2 else { return false }
        switch plain[position - 1] {
        case UInt8(ascii: "-"): return NumberText.isLetter(plain[position - 2])
        // A single digit and a dot may be the number of a line, and what follows a telephone.
        case UInt8(ascii: "."): return position >= 3 && isDigit(position - 2) && isDigit(position - 3)
        default: return false
        }
    }

    private func endsAlone(at end: Int) -> Bool { !isJoined(end - 1, end) }

    /// Digits from `start` on, skipping single separators between groups.
    private func digits(
        at start: Int, most: Int, separators: [UInt8] = NumberText.separators
    ) -> (values: [Int], ends: [Int]) {
        var values: [Int] = []
        var ends: [Int] = []
        var position = start
        while values.count < most {
            if isDigit(position) {
                values.append(Int(plain[position] - 0x30))
                position += 1
                ends.append(position)
            } else if !values.isEmpty, position < count, separators.contains(plain[position]), isDigit(position + 1) {
                position += 1
            } else {
                break
            }
        }
        return (values, ends)
    }

    /// Where a country's prefix for China ends (+86, 0086, 86, with a separator or without); `start` when there is none.
    private func countryEnd(at start: Int) -> Int? {
        var position = start
        if plain[position] == UInt8(ascii: "+") { position += 1 }
        if isDigit(position + 1), plain[position] == 0x30, plain[position + 1] == 0x30 { position += 2 }
        guard isDigit(position + 1), plain[position] == 0x38, plain[position + 1] == 0x36 else {
            return position == start ? start : nil
        }
        position += 2
        if isDigit(position + 1), NumberText.separators.contains(plain[position]) { position += 1 }
        return position
    }

    // MARK: Numbers

    private static let identityWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    private static let identityChecks = Array("10X98765432".utf8)

    /// Resident identity: 18 characters with birth date and check character, or the old 15 digits.
    func identity(at start: Int) -> Int? {
        let (values, ends) = digits(at: start, most: 18)
        if values.count >= 17, NumberText.isDate(values[6..<14]) {
            let sum = zip(values, NumberText.identityWeights).reduce(0) { $0 + $1.0 * $1.1 }
            let expected = NumberText.identityChecks[sum % 11]
            var check = values.count == 18 ? ends[17] - 1 : ends[16]
            if check < count, NumberText.separators.contains(plain[check]) { check += 1 }
            if check < count, plain[check] == expected || plain[check] & 0xDF == expected, endsAlone(at: check + 1) {
                return check + 1
            }
        }
        guard values.count >= 15, endsAlone(at: ends[14]), NumberText.isDate([1, 9] + values[6..<12]) else {
            return nil
        }
        return ends[14]
    }

    private static func isDate(_ digits: some Collection<Int>) -> Bool {
        let number = digits.reduce(0) { $0 * 10 + $1 }
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        return (1900...2099).contains(year) && (1...12).contains(month) && (1...31).contains(day)
    }

    /// Bank card: 13 to 19 digits that pass Luhn's check; the longest that does.
    ///
    /// Cards issued in China begin with 3 to 6, 8 or 9. One in ten of all numbers passes the check, and those that
    /// begin otherwise are dates and order numbers.
    func card(at start: Int) -> Int? {
        let (values, ends) = digits(at: start, most: 19)
        guard values.count >= 13, values[0] >= 3, values[0] != 7 else { return nil }
        for length in stride(from: values.count, through: 13, by: -1) where endsAlone(at: ends[length - 1]) {
            var sum = 0
            for (index, value) in values[..<length].reversed().enumerated() {
                let doubled = index % 2 == 1 ? value * 2 : value
                sum += doubled > 9 ? doubled - 9 : doubled
            }
            if sum % 10 == 0 { return ends[length - 1] }
        }
        return nil
    }

    /// Mobile: 1[3-9] and nine more digits, with or without the country's prefix.
    func mobile(at start: Int) -> Int? {
        guard let position = countryEnd(at: start) else { return nil }
        let (values, ends) = digits(at: position, most: 11)
        guard values.count == 11, values[0] == 1, values[1] >= 3, endsAlone(at: ends[10]) else { return nil }
        return ends[10]
    }

    /// Landline: area code, then seven or eight digits. The area code begins with 0, which falls away after the
    /// country's prefix, and has three digits in the largest cities, four elsewhere.
    func landline(at start: Int) -> Int? {
        guard let position = countryEnd(at: start) else { return nil }
        let (values, ends) = digits(at: position, most: 12, separators: NumberText.separators + [UInt8(ascii: ")")])
        let lengths: ClosedRange<Int>
        if values.count > 2, values[0] == 0 {
            guard values[1] != 0 else { return nil }
            lengths = values[1] <= 2 ? 10...11 : 11...12
        } else if position > start, plain[start] != 0x38 {
            lengths = 9...11
        } else {
            return nil
        }
        // The shortest that ends there: what follows after a blank may be the number of a house.
        return lengths.first { $0 <= values.count && endsAlone(at: ends[$0 - 1]) }.map { ends[$0 - 1] }
    }

    /// Plate: province, letter, five characters, or six for new energy, or four and an ending such as 学; a dot or
    /// blank may stand between.
    func plate(at start: Int) -> Int? {
        guard plain[start] == NumberText.province, start + 1 < count, NumberText.isLetter(plain[start + 1])
        else { return nil }
        var position = start + 2
        if position < count, ["·", "•", " ", "-", "."].contains(scalars[position]) { position += 1 }
        // A numeral after the plate is the text's own, but a plate may be written in them.
        return plateEnd(at: position) { isAlphanumeric($0) && !isNumeral($0) }
            ?? plateEnd(at: position) { isAlphanumeric($0) }
    }

    private func plateEnd(at start: Int, _ isPart: (Int) -> Bool) -> Int? {
        var end = start
        while end - start < 7, isPart(end) { end += 1 }
        guard (start..<end).contains(where: { isDigit($0) }) else { return nil }
        switch end - start {
        case 5, 6: return end
        case 4 where end < count && NumberText.plateEndings.contains(scalars[end]): return end + 1
        default: return nil
        }
    }
}

/// Takes personal numbers out of free text before it leaves intake: identity cards, bank cards, telephones, plates.
///
/// Full-width digits and letters count as ASCII ones, and digits written as Chinese numerals (一三八…) as digits. A number
/// is only taken where it stands alone: what touches a Latin letter or another digit is part of something else. Han
/// characters do not matter, for Chinese text has no spaces.
enum Scrubber {
    /// What a number is replaced by.
    enum Mark: String, CaseIterable {
        case identity = "[证件号]"
        case card = "[银行卡号]"
        case mobile = "[手机号]"
        case landline = "[电话号码]"
        case plate = "[车牌号]"
    }

    static func scrub(_ text: String) -> String {
        // Most texts hold neither a digit of any kind nor a plate's province: look before copying anything.
        guard text.unicodeScalars.contains(where: { NumberText.mayBegin($0) }) else { return text }
        let number = NumberText(text)
        var kept = String.UnicodeScalarView()
        var position = 0
        while position < number.count {
            if let (mark, end) = match(number, at: position) {
                kept.append(contentsOf: mark.rawValue.unicodeScalars)
                position = end
            } else {
                kept.append(number.scalars[position])
                position += 1
            }
        }
        return String(kept)
    }

    private static func match(_ text: NumberText, at start: Int) -> (Mark, Int)? {
        if let end = text.plate(at: start) { return (.plate, end) }
        guard text.startsAlone(at: start) else { return nil }
        if let end = text.identity(at: start) { return (.identity, end) }
        if let end = text.card(at: start) { return (.card, end) }
        if let end = text.mobile(at: start) { return (.mobile, end) }
        if let end = text.landline(at: start) { return (.landline, end) }
        return nil
    }
}

/// A text as the scrubber sees it: each scalar beside the ASCII character it stands for, or 0.
struct NumberText {
    let scalars: [Unicode.Scalar]
    private let plain: [UInt8]

    var count: Int { scalars.count }

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        plain = scalars.map { NumberText.plain($0) }
    }

    static func mayBegin(_ scalar: Unicode.Scalar) -> Bool {
        let character = plain(scalar)
        return isDigit(character) || character == UInt8(ascii: "+") || provinces.contains(scalar)
    }

    private static let numerals: [Unicode.Scalar: UInt8] = [
        "零": 0x30, "〇": 0x30, "一": 0x31, "幺": 0x31, "壹": 0x31, "二": 0x32, "贰": 0x32, "两": 0x32, "三": 0x33, "叁": 0x33,
        "四": 0x34, "肆": 0x34, "五": 0x35, "伍": 0x35, "六": 0x36, "陆": 0x36, "七": 0x37, "柒": 0x37, "八": 0x38, "捌": 0x38,
        "九": 0x39, "玖": 0x39,
    ]

    private static let provinces = Set("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领".unicodeScalars)

    private static func plain(_ scalar: Unicode.Scalar) -> UInt8 {
        switch scalar.value {
        case 0x21...0x7E: UInt8(scalar.value)
        case 0x20, 0xA0, 0x3000: UInt8(ascii: " ")
        // Full-width forms stand 0xFEE0 above their ASCII twins.
        case 0xFF01...0xFF5E: UInt8(scalar.value - 0xFEE0)
        case 0x2010...0x2015, 0x2212: UInt8(ascii: "-")
        // Other scripts' decimal digits do not occur; mathematical ones do, in attempts to slip through.
        case 0x1D7CE...0x1D7FF: UInt8(0x30 + (scalar.value - 0x1D7CE) % 10)
        default: numerals[scalar] ?? 0
        }
    }

    private static func isDigit(_ character: UInt8) -> Bool { character >= 0x30 && character <= 0x39 }

    private func isDigit(_ position: Int) -> Bool { position < count && NumberText.isDigit(plain[position]) }

    private func isAlphanumeric(_ position: Int) -> Bool {
        guard position >= 0, position < count else { return false }
        let character = plain[position] | 0x20
        return NumberText.isDigit(plain[position]) || (character >= 0x61 && character <= 0x7A)
    }

    func startsAlone(at position: Int) -> Bool {
        (isDigit(position) || plain[position] == UInt8(ascii: "+")) && !isAlphanumeric(position - 1)
    }

    private func endsAlone(at end: Int) -> Bool { !isAlphanumeric(end) }

    /// Digits from `start` on, skipping single blanks and dashes between groups.
    private func digits(at start: Int, most: Int, separated: Bool) -> (values: [Int], ends: [Int]) {
        var values: [Int] = []
        var ends: [Int] = []
        var position = start
        while values.count < most {
            if isDigit(position) {
                values.append(Int(plain[position] - 0x30))
                position += 1
                ends.append(position)
            } else if separated, !values.isEmpty, position < count,
                plain[position] == UInt8(ascii: " ") || plain[position] == UInt8(ascii: "-"), isDigit(position + 1)
            {
                position += 1
            } else {
                break
            }
        }
        return (values, ends)
    }

    // MARK: Numbers

    private static let identityWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    private static let identityChecks = Array("10X98765432".utf8)

    /// Resident identity: 18 characters with birth date and check character, or the old 15 digits.
    func identity(at start: Int) -> Int? {
        let (values, ends) = digits(at: start, most: 18, separated: true)
        if values.count >= 17 {
            let sum = zip(values, NumberText.identityWeights).reduce(0) { $0 + $1.0 * $1.1 }
            let expected = NumberText.identityChecks[sum % 11]
            let last = ends[16]
            let checkAt = values.count == 18 ? ends[17] - 1 : last
            if checkAt < count, plain[checkAt] & 0xDF == expected & 0xDF || plain[checkAt] == expected,
                NumberText.isDate(values[6..<14]), endsAlone(at: checkAt + 1)
            {
                return checkAt + 1
            }
        }
        if values.count >= 15, values.count < 16 || !isDigit(ends[14]), values.count == 15, endsAlone(at: ends[14]),
            NumberText.isDate([1, 9] + values[6..<12])
        {
            return ends[14]
        }
        return nil
    }

    private static func isDate(_ digits: some Collection<Int>) -> Bool {
        let digits = Array(digits)
        let number = digits.reduce(0) { $0 * 10 + $1 }
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        return (1900...2099).contains(year) && (1...12).contains(month) && (1...31).contains(day)
    }

    /// Bank card: 13 to 19 digits that pass Luhn's check; the longest that does.
    func card(at start: Int) -> Int? {
        let (values, ends) = digits(at: start, most: 19, separated: true)
        guard values.count >= 13 else { return nil }
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
        var position = start
        if plain[position] == UInt8(ascii: "+") { position += 1 }
        if isDigit(position), isDigit(position + 1), plain[position] == 0x30, plain[position + 1] == 0x30 { position += 2 }
        if isDigit(position), isDigit(position + 1), plain[position] == 0x38, plain[position + 1] == 0x36 {
            position += 2
            if position < count, plain[position] == UInt8(ascii: " ") || plain[position] == UInt8(ascii: "-") {
                position += 1
            }
        } else if position != start {
            return nil
        }
        let (values, ends) = digits(at: position, most: 11, separated: true)
        guard values.count == 11, values[0] == 1, values[1] >= 3, endsAlone(at: ends[10]) else { return nil }
        return ends[10]
    }

    /// Landline: area code from 0, then seven or eight digits.
    func landline(at start: Int) -> Int? {
        guard isDigit(start), plain[start] == 0x30 else { return nil }
        let (values, ends) = digits(at: start, most: 12, separated: true)
        guard values.count >= 10, values.count <= 12, values[1] != 0, endsAlone(at: ends[values.count - 1]) else {
            return nil
        }
        return ends[values.count - 1]
    }

    /// Plate: province, letter, five characters, or six for new energy; a dot or blank may stand between.
    func plate(at start: Int) -> Int? {
        guard NumberText.provinces.contains(scalars[start]), start + 1 < count else { return nil }
        let letter = plain[start + 1] & 0xDF
        guard letter >= 0x41, letter <= 0x5A, !isDigit(start + 1) else { return nil }
        var position = start + 2
        if position < count, ["·", "•", " ", "-", "."].contains(scalars[position]) { position += 1 }
        var length = 0
        var hasDigit = false
        while length < 7, isAlphanumeric(position + length) {
            hasDigit = hasDigit || isDigit(position + length)
            length += 1
        }
        guard length == 5 || length == 6, hasDigit else { return nil }
        return position + length
    }
}

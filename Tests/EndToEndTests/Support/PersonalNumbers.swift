import TestSupport

/// Personal numbers of nobody, without end, in the forms in which people write them. Each kind begins alike, so that a
/// whole database can be searched for all of them by a few beginnings.
struct PersonalNumbers {
    /// What shows that one of them, or most of one, is somewhere.
    static let traces = [
        "1380013", "138 0013", "138-0013", "１３８００１３", "一三八零零一三", "幺三八〇〇幺三",
        "51011619900307", "510116 19900307", "５１０１１６１９９００３０７", "62220212", "6222 0212", "川A7", "川A·7", "川Ａ７",
        "028-8555", "0288555", "028 8555",
    ]

    private var generator: SeededGenerator

    init(_ generator: SeededGenerator) { self.generator = generator }

    /// A number as somebody writes it.
    mutating func next() -> String {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: mobile()
        case 1: resident()
        case 2: card()
        case 3: "川" + pick(["A7", "A·7", "Ａ７"]) + digits(4)
        default: pick(["028-8555", "0288555", "028 8555"]) + digits(4)
        }
    }

    /// A number within a sentence, with nothing between it and the words, or with something. Latin letters do not touch
    /// it: with them it would be part of something else.
    mutating func sentence() -> String {
        let before = pick(["请联系", "电话：", "车主是张三", "（", "call ", "第一次打", "\n"])
        let after = pick(["处理", "。", "，一直没人接", "）", " 5号楼", "五次", "\n", ""])
        return before + next() + after
    }

    private mutating func mobile() -> String {
        let last = digits(4)
        return switch Int.random(in: 0..<8, using: &generator) {
        case 0: "138 0013 \(last)"
        case 1: "138-0013-\(last)"
        case 2: "+86 1380013\(last)"
        case 3: "861380013\(last)"
        case 4: wide("1380013\(last)")
        case 5: numerals("1380013\(last)", one: "一", zero: "零")
        case 6: numerals("1380013\(last)", one: "幺", zero: "〇")
        default: "1380013\(last)"
        }
    }

    /// With its checksum, or it would be any number.
    private mutating func resident() -> String {
        let body = "51011619900307" + digits(3)
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(body, weights).reduce(0) { $0 + ($1.0.wholeNumberValue ?? 0) * $1.1 }
        let number = body + String(Array("10X98765432")[sum % 11])
        return switch Int.random(in: 0..<3, using: &generator) {
        case 0: wide(number)
        case 1: "510116 19900307 \(number.suffix(4))"
        default: number
        }
    }

    /// With Luhn's check digit.
    private mutating func card() -> String {
        let body = "62220212" + digits(10)
        let sum = body.reversed().enumerated().reduce(0) { sum, item in
            let digit = item.element.wholeNumberValue ?? 0
            return sum + (item.offset % 2 == 0 ? digit * 2 / 10 + digit * 2 % 10 : digit)
        }
        let number = Array(body + String((10 - sum % 10) % 10))
        guard Bool.random(using: &generator) else { return String(number) }
        return stride(from: 0, to: number.count, by: 4)
            .map { String(number[$0..<min($0 + 4, number.count)]) }.joined(separator: " ")
    }

    private func wide(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { Unicode.Scalar($0.value + 0xFEE0) ?? $0 }))
    }

    private func numerals(_ text: String, one: String, zero: String) -> String {
        let names = [zero, one, "二", "三", "四", "五", "六", "七", "八", "九"]
        return text.compactMap { $0.wholeNumberValue.map { names[$0] } }.joined()
    }

    private mutating func digits(_ count: Int) -> String {
        (0..<count).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
    }

    private mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &generator) ?? "" }
}

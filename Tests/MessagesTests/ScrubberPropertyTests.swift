import TestSupport
import Testing

@testable import Messages

@Suite("Scrubbing, whatever stands around")
struct ScrubberPropertyTests {
    /// Text as people write it, numerals and single digits included; no Latin letter touches the number.
    private static let words = [
        "张三", "李四", "王五", "周一", "十", "一", "三五", "零", "井盖", "在", "的", "联系", "，", "。", " ", "\n", "：", "（", "）", "5号楼",
        "4单元",
        "2025年11月3日", "二〇二五年", "110", "A座", "#", "/", "😀", "价格30元", "川", "新", "青年", "104.0647,30.6576",
    ]

    private static func words(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...6, using: &random)).map { _ in words[Int.random(in: 0..<words.count, using: &random)] }
            .joined()
    }

    private static func digits(_ count: Int, _ random: inout SeededGenerator) -> String {
        String((0..<count).map { _ in Character(String(Int.random(in: 0...9, using: &random))) })
    }

    /// A personal number of some kind.
    private static func number(_ random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return "1\(Int.random(in: 3...9, using: &random))" + digits(9, &random)
        case 1:
            let year = Int.random(in: 1_940...2_020, using: &random)
            let month = Int.random(in: 10...12, using: &random)
            let body = "510116\(year)\(month)\(Int.random(in: 10...28, using: &random))" + digits(3, &random)
            let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
            let sum = zip(body.compactMap(\.wholeNumberValue), weights).reduce(0) { $0 + $1.0 * $1.1 }
            return body + ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum % 11]
        case 2:
            let body = "62" + digits(16, &random)
            var sum = 0
            for (index, digit) in body.compactMap(\.wholeNumberValue).reversed().enumerated() {
                let doubled = index % 2 == 0 ? digit * 2 : digit
                sum += doubled > 9 ? doubled - 9 : doubled
            }
            return body + String((10 - sum % 10) % 10)
        case 3: return "0571-8" + digits(7, &random)
        default: return "川A" + "D" + digits(5, &random)
        }
    }

    private static func spread(_ number: String, _ random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            // Full-width forms.
            return String(
                String.UnicodeScalarView(
                    number.unicodeScalars.map { scalar in
                        (0x21...0x7E).contains(scalar.value) ? Unicode.Scalar(scalar.value + 0xFEE0) ?? scalar : scalar
                    }))
        case 1 where number.allSatisfy(\.isNumber):
            return String(number.map { Array("零一二三四五六七八九")[$0.wholeNumberValue ?? 0] })
        case 2 where number.allSatisfy(\.isNumber):
            var text = number
            for offset in [7, 3] { text.insert(" ", at: text.index(text.startIndex, offsetBy: offset)) }
            return text
        default: return number
        }
    }

    @Test("A personal number among ordinary text never comes through")
    func canary() {
        let seed = freshSeed("scrubber canaries")
        var random = SeededGenerator(seed: seed)
        for round in 0..<50_000 {
            let number = Self.spread(Self.number(&random), &random)
            let (before, after) = (Self.words(&random), Self.words(&random))
            // What touches a Latin letter or digit is part of something else: a comma keeps them apart.
            let text = [before, number, after].reduce("") { text, part in
                let touches = text.last?.isLatin == true && part.first?.isLatin == true
                return text + (touches ? "，" : "") + part
            }
            let scrubbed = Scrubber.scrub(text)
            #expect(!scrubbed.contains(number), "seed \(seed), round \(round): \(text) → \(scrubbed)")
            #expect(Scrubber.Mark.allCases.contains { scrubbed.contains($0.rawValue) }, "seed \(seed), round \(round)")
        }
    }

    @Test("Any text at all is taken, and text without digits or provinces stays as it is")
    func anything() {
        let seed = freshSeed("scrubber texts")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...24, using: &random) {
                let pool: ClosedRange<UInt32> = [
                    0x20...0x7E, 0x30...0x39, 0xFF01...0xFF5E, 0x4E00...0x4E5D, 0x1D7CE...0x1D7FF,
                ][
                    Int.random(in: 0..<5, using: &random)]
                if let scalar = Unicode.Scalar(UInt32.random(in: pool, using: &random)) { scalars.append(scalar) }
            }
            let text = String(scalars)
            let once = Scrubber.scrub(text)
            #expect(Scrubber.scrub(once) == once, "seed \(seed): \(text)")
        }
        #expect(Scrubber.scrub("网格员巡查发现井盖破损，已通知处理。abc") == "网格员巡查发现井盖破损，已通知处理。abc")
    }
}

extension Character {
    /// A Latin letter or a digit, full-width ones included.
    fileprivate var isLatin: Bool {
        guard let scalar = unicodeScalars.first else { return false }
        let value = (0xFF01...0xFF5E).contains(scalar.value) ? scalar.value - 0xFEE0 : scalar.value
        return value < 0x80 && (isLetter || isNumber)
    }
}

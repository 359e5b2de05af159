/// Personal numbers that do not exist, given away in reports on purpose. Wherever one turns up outside intake's
/// encrypted columns, personal data leaks.
struct Canaries {
    /// Every number given away, as it was written.
    private(set) var given: [String] = []
    private var next = 0

    /// Ways to write a telephone number that all must be recognised.
    private enum Spelling: CaseIterable {
        case plain, spaced, dashed, prefixed, fullWidth, numerals
    }

    /// A mobile number for a contact.
    mutating func phone() -> String {
        next += 1
        return give("1990005" + padded(next % 10_000, 4))
    }

    /// A mobile number as people write it in a text.
    mutating func spokenPhone(_ random: inout SeededRandom) -> String {
        next += 1
        let last = padded(next % 10_000, 4)
        switch random.pick(Spelling.allCases) {
        case .plain: return give("1990005\(last)")
        case .spaced: return give("199 0005 \(last)")
        case .dashed: return give("199-0005-\(last)")
        case .prefixed: return "+86" + give("1990005\(last)")
        case .fullWidth: return give(translated("1990005\(last)", to: "０１２３４５６７８９"))
        case .numerals: return give(translated("1990005\(last)", to: "零一二三四五六七八九"))
        }
    }

    /// A resident's number with a birth date and a right check character.
    mutating func identity() -> String {
        next += 1
        let body = "51011619000" + String(1 + next % 9) + "1" + String(next / 9 % 9 + 1) + padded(next % 1_000, 3)
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(body.utf8, weights).reduce(0) { $0 + (Int($1.0) - 0x30) * $1.1 }
        let check = Array("10X98765432")[sum % 11]
        return give(body + String(check))
    }

    private mutating func give(_ text: String) -> String {
        given.append(text)
        return text
    }

    private func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private func translated(_ digits: String, to alphabet: String) -> String {
        let alphabet = Array(alphabet)
        return String(digits.utf8.map { alphabet[Int($0) - 0x30] })
    }
}

/// Why text is not a time limit.
public struct TimeLimitFault: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// Does not begin with a whole number.
        case noAmount
        /// Something stands before the number, often a condition such as 种植季节 (planting season).
        case textBeforeAmount
        /// 0 or more than 9,999.
        case amountOutOfRange
        /// No unit, or none that is known.
        case unknownUnit
        /// A unit that could count working time or all time, such as 小时 or "days".
        case ambiguousUnit
        /// Something stands after the unit, often an action such as 制止 (stop it).
        case textAfterUnit
    }

    public var code: Code
    /// The text that was refused, whole.
    public var text: String
    /// The part of it that is to blame.
    public var part: String

    public init(code: Code, text: String, part: String) {
        self.code = code
        self.text = text
        self.part = part
    }

    /// What is wrong, to show to whoever wrote the catalogue.
    public var reason: LocalizedText {
        switch code {
        case .noAmount: LocalizedText(zh: "没有数量", en: "no amount")
        case .textBeforeAmount: LocalizedText(zh: "数量前有“\(part)”", en: "“\(part)” stands before the amount")
        case .amountOutOfRange: LocalizedText(zh: "数量“\(part)”不在1至9999之间", en: "amount \(part) is not within 1 … 9999")
        case .unknownUnit: LocalizedText(zh: "不认识的单位“\(part)”", en: "“\(part)” is not a unit")
        case .ambiguousUnit:
            LocalizedText(zh: "“\(part)”未说明是工作时间还是连续时间", en: "“\(part)” does not say whether working time is meant")
        case .textAfterUnit: LocalizedText(zh: "单位后有“\(part)”", en: "“\(part)” stands after the unit")
        }
    }

    public var description: String { "time limit “\(text)”: \(reason.en)" }
}

extension TimeLimit {
    /// Reads a catalogue's notation: `2紧急工作时`, `4工作时`, `2个工作日`, `15自然日`, `30分钟`, `4 working hours`.
    ///
    /// Anything that is not exactly an amount and a unit is refused, never guessed: a limit read wrongly is a wrong
    /// deadline for every case of that kind. White space around the amount and within the unit does not matter, nor does
    /// case in English; full-width digits count as digits.
    ///
    /// - Throws: ``TimeLimitFault``
    public init(parsing text: String) throws(TimeLimitFault) {
        let characters = text.drop { $0.isWhitespace }
        func fault(_ code: TimeLimitFault.Code, _ part: Substring) -> TimeLimitFault {
            TimeLimitFault(code: code, text: text, part: String(part))
        }

        guard let firstDigit = characters.firstIndex(where: { $0.decimalDigit != nil }) else {
            throw fault(.noAmount, characters)
        }
        guard firstDigit == characters.startIndex else { throw fault(.textBeforeAmount, characters[..<firstDigit]) }
        let digits = characters.prefix { $0.decimalDigit != nil }
        let amount = digits.count > 9 ? nil : digits.reduce(0) { $0 * 10 + ($1.decimalDigit ?? 0) }
        guard let amount, TimeLimit.amounts.contains(amount) else { throw fault(.amountOutOfRange, digits) }

        let unitText = characters[digits.endIndex...].filter { !$0.isWhitespace }[...]
        let known = Notation.units.first { Notation.begins(unitText, with: $0.word) }
        guard let known else { throw fault(.unknownUnit, unitText) }
        let rest = unitText.dropFirst(known.word.count)
        guard rest.isEmpty else { throw fault(.textAfterUnit, rest) }
        guard let unit = known.unit else { throw fault(.ambiguousUnit, unitText) }
        self.init(amount, unit)
    }

    /// Amounts a limit may have, in any unit.
    public static let amounts = 1...9_999

    /// The limit in words: `2个工作日`, `2 working days`. What ``init(parsing:)`` reads back.
    public var text: LocalizedText {
        let (zh, en) =
            switch unit {
            case .urgentHours: ("紧急工作时", "urgent hour")
            case .workingHours: ("工作时", "working hour")
            case .workingDays: ("个工作日", "working day")
            case .calendarDays: ("个自然日", "calendar day")
            case .minutes: ("分钟", "minute")
            }
        return LocalizedText(zh: "\(amount)\(zh)", en: "\(amount) \(en)\(amount == 1 ? "" : "s")")
    }
}

/// The words catalogues use for units.
private enum Notation {
    /// Longer words first, so that the longest match wins; no unit: the word leaves open what is counted.
    static let units: [(word: String, unit: TimeLimit.Unit?)] = {
        let words: [(String, TimeLimit.Unit?)] = [
            ("紧急工作时", .urgentHours), ("紧急工作小时", .urgentHours), ("工作时", .workingHours), ("工作小时", .workingHours),
            ("工作日", .workingDays), ("自然日", .calendarDays), ("日历日", .calendarDays), ("分钟", .minutes),
            ("小时", nil), ("天", nil), ("日", nil),
        ]
        let measured = words + words.map { ("个" + $0.0, $0.1) }
        let english: [(String, TimeLimit.Unit?)] = [
            ("urgenthour", .urgentHours), ("workinghour", .workingHours), ("workingday", .workingDays),
            ("calendarday", .calendarDays), ("minute", .minutes), ("hour", nil), ("day", nil),
        ]
        let plurals = english.map { ($0.0 + "s", $0.1) }
        return (measured + english + plurals).sorted { $0.0.count > $1.0.count }.map { (word: $0.0, unit: $0.1) }
    }()

    static func begins(_ text: Substring, with word: String) -> Bool {
        text.prefix(word.count).lowercased() == word
    }
}

extension Character {
    /// 0 … 9 for ASCII and full-width digits; nil for all else, such as ² or 二.
    fileprivate var decimalDigit: Int? {
        guard let scalar = unicodeScalars.first, unicodeScalars.count == 1 else { return nil }
        switch scalar.value {
        case 0x30...0x39: return Int(scalar.value - 0x30)
        case 0xFF10...0xFF19: return Int(scalar.value - 0xFF10)
        default: return nil
        }
    }
}

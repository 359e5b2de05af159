/// A day of the week, numbered as ISO 8601 does.
public enum Weekday: Int, Sendable, CaseIterable {
    case monday = 1
    case tuesday, wednesday, thursday, friday, saturday, sunday

    /// Saturday or Sunday.
    public var isWeekend: Bool { self == .saturday || self == .sunday }

    init(daysSinceEpoch days: Int) {
        // 1970-01-01 was a Thursday, the fourth day.
        self.init(rawValue: (days + 3).floored(dividingBy: 7).remainder + 1)!  // A remainder of 7 is 0 … 6.
    }
}

extension CivilDay {
    /// The day that many days after 1970-01-01; before it when negative.
    ///
    /// The arithmetic is Howard Hinnant's: years begin in March, so that the leap day ends one, and eras of 400 years
    /// are all alike.
    public init(daysSinceEpoch days: Int) {
        let (era, dayOfEra) = (days + 719_468).floored(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.init(
            year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// Days from 1970-01-01 to this day; negative before it. The day must be valid.
    public var daysSinceEpoch: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = marchYear.floored(dividingBy: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Whether the Gregorian calendar has this day.
    public var isValid: Bool {
        (1...12).contains(month) && day >= 1 && day <= CivilDay.days(inMonth: month, of: year)
    }

    public var weekday: Weekday { Weekday(daysSinceEpoch: daysSinceEpoch) }

    /// The day `days` later; earlier when negative.
    public func adding(days: Int) -> CivilDay { CivilDay(daysSinceEpoch: daysSinceEpoch + days) }

    /// Number of days in a month, 28 … 31.
    ///
    /// - Parameter month: 1 … 12
    public static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension CivilDay: CustomStringConvertible {
    /// Reads `2026-02-14`, and nothing else: ten characters, ASCII digits, a day that exists.
    public init?(iso8601 text: some StringProtocol) {
        var digits: [Int] = []
        digits.reserveCapacity(8)
        for (position, byte) in text.utf8.enumerated() {
            switch (position, byte) {
            case (4, UInt8(ascii: "-")), (7, UInt8(ascii: "-")): continue
            case (4, _), (7, _): return nil
            case (0...9, UInt8(ascii: "0")...UInt8(ascii: "9")): digits.append(Int(byte - UInt8(ascii: "0")))
            default: return nil
            }
        }
        guard digits.count == 8 else { return nil }
        self.init(
            year: digits[0] * 1_000 + digits[1] * 100 + digits[2] * 10 + digits[3], month: digits[4] * 10 + digits[5],
            day: digits[6] * 10 + digits[7])
        guard isValid else { return nil }
    }

    /// `2026-02-14`. Years outside 0 … 9999 get a sign and at least six digits, as ISO 8601 has it.
    public var iso8601: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(10)
        appendISO8601(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    public var description: String { iso8601 }

    /// Appends ``iso8601`` as UTF-8.
    func appendISO8601(to bytes: inout [UInt8]) {
        if (0...9_999).contains(year) {
            bytes.appendDecimal(year, digits: 4)
        } else {
            bytes.append(UInt8(ascii: year < 0 ? "-" : "+"))
            bytes.appendDecimal(abs(year), digits: max(6, String(abs(year)).utf8.count))
        }
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(month, digits: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(day, digits: 2)
    }
}

extension [UInt8] {
    /// Appends the last `digits` decimal digits of a number that is not negative, zeros in front.
    mutating func appendDecimal(_ number: Int, digits: Int) {
        var unit = 1
        for _ in 1..<digits { unit *= 10 }
        while unit > 0 {
            append(UInt8(ascii: "0") + UInt8(number / unit % 10))
            unit /= 10
        }
    }
}

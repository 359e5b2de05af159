import City

/// Writes moments as `2026-03-01T08:30:00.000123Z`.
enum UTCText {
    /// Appends the moment in UTC with microseconds.
    static func append(_ moment: Timestamp, to bytes: inout [UInt8]) {
        let seconds = moment.seconds
        let micros = Int(moment.microseconds - seconds * 1_000_000)
        let days = Int((seconds >= 0 ? seconds : seconds - 86_399) / 86_400)
        let second = Int(seconds) - days * 86_400
        let (year, month, day) = civil(days)
        pad(year, 4, &bytes)
        bytes.append(0x2D)
        pad(month, 2, &bytes)
        bytes.append(0x2D)
        pad(day, 2, &bytes)
        bytes.append(0x54)
        pad(second / 3600, 2, &bytes)
        bytes.append(0x3A)
        pad(second / 60 % 60, 2, &bytes)
        bytes.append(0x3A)
        pad(second % 60, 2, &bytes)
        bytes.append(0x2E)
        pad(micros, 6, &bytes)
        bytes.append(0x5A)
    }

    /// Date of a day number counted from 1970-01-01. Howard Hinnant's algorithm: eras of 400 years, years from March.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func pad(_ number: Int, _ width: Int, _ bytes: inout [UInt8]) {
        let digits = String(number).utf8
        for _ in 0..<max(0, width - digits.count) { bytes.append(0x30) }
        bytes.append(contentsOf: digits)
    }
}

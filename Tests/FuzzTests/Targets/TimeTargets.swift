import City
import Foundation

@testable import Analytics

extension FuzzTarget {
    static let timeTargets = [
        FuzzTarget("timestamp") { try Moments.check($0) },
        FuzzTarget("day") { try Days.check($0) },
        FuzzTarget("time-limit") { try Limits.check($0) },
    ]
}

/// A moment that is read is the one Foundation reads, and is read back from how it is written.
private enum Moments {
    static func check(_ bytes: [UInt8]) throws {
        guard let moment = Timestamp(rfc3339: bytes) else { return }
        try promise(moment >= .earliest && moment < .end, "it lies outside the years that may be named")
        try promise(Timestamp(rfc3339: moment.rfc3339) == moment, "\(moment) is not read back")
        // Foundation's strategy takes neither small letters nor fractions nor every offset.
        var text = bytes.text.uppercased()
        if let dot = text.firstIndex(of: ".") {
            let end = text[dot...].dropFirst().firstIndex { !$0.isNumber } ?? text.endIndex
            text.removeSubrange(dot..<end)
        }
        guard let oracle = try? Date(text, strategy: .iso8601) else { return }
        try promise(
            Int64(oracle.timeIntervalSince1970) == moment.microseconds.quotientFloored(by: 1_000_000),
            "Foundation reads \(text) as \(oracle)")
    }
}

extension Int64 {
    fileprivate func quotientFloored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// A day is one the calendar has; a period has at most a year of them.
private enum Days {
    static func check(_ bytes: [UInt8]) throws {
        let parts = bytes.text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        if let day = CivilDay(iso8601: parts[0]) {
            try promise(day.isValid && CivilDay(daysSinceEpoch: day.daysSinceEpoch) == day, "\(day) does not exist")
            try promise(CivilDay(iso8601: day.iso8601) == day, "\(day) is not read back")
        }
        let today = CivilDay(year: 2026, month: 2, day: 28)
        let period = try? Period(
            from: parts[0].isEmpty ? nil : parts[0], to: parts.count > 1 ? parts[1] : nil, today: today)
        guard let period else { return }
        let days = period.days
        try promise((1...Period.mostDays).contains(days.count), "a period of \(days.count) days")
        try promise(days.first == period.from && days.last == period.to, "a period ends elsewhere")
    }
}

/// A limit is read exactly or refused, and is read back from how it is written in both languages.
private enum Limits {
    static func check(_ bytes: [UInt8]) throws {
        let text = bytes.text
        let limit: TimeLimit
        do {
            limit = try TimeLimit(parsing: text)
        } catch {
            try promise(error.text == text && !error.reason.en.isEmpty, "another text is refused")
            return
        }
        for written in [limit.text.zh, limit.text.en] {
            try promise((try? TimeLimit(parsing: written)) == limit, "\(written) is read as another limit")
        }
    }
}

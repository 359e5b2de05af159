extension Timestamp {
    /// The first moment RFC 3339 text may name, 1900-01-01T00:00:00Z.
    public static let earliest = Timestamp(seconds: -2_208_988_800)
    /// The moment after the last one RFC 3339 text may name, 2200-01-01T00:00:00Z.
    public static let end = Timestamp(seconds: 7_258_118_400)

    /// Reads `2026-02-13T17:00:00+08:00` from UTF-8.
    ///
    /// Strict, because a moment that is guessed moves a deadline: the offset is required (`Z` or `±hh:mm`), days and
    /// times must exist, leap seconds are refused, the year is 1900 … 2199 (also in UTC), nothing may stand before or
    /// after. A fraction has 1 … 9 digits; what is finer than a microsecond is cut off. `T` and `Z` may be lower case.
    ///
    /// - Returns: nil when the text is anything else.
    public init?(rfc3339 bytes: UnsafeRawBufferPointer) {
        var scanner = RFC3339Scanner(bytes: bytes)
        guard let moment = scanner.scan() else { return nil }
        self = moment
    }

    /// Reads UTF-8 bytes as ``init(rfc3339:)-(UnsafeRawBufferPointer)`` does.
    public init?(rfc3339 bytes: some Collection<UInt8>) {
        let moment =
            bytes.withContiguousStorageIfAvailable { Timestamp(rfc3339: UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { Timestamp(rfc3339: $0) }
        guard let moment else { return nil }
        self = moment
    }

    /// Reads text as ``init(rfc3339:)-(UnsafeRawBufferPointer)`` does.
    public init?(rfc3339 text: some StringProtocol) {
        self.init(rfc3339: text.utf8)
    }

    /// The moment in UTC, such as `2026-02-13T09:00:00Z`, with three or six digits of fraction when it needs them.
    ///
    /// What ``init(rfc3339:)-(StringProtocol)`` reads back as the same moment, if it lies between ``earliest`` and ``end``.
    public var rfc3339: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(27)
        appendRFC3339(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends ``rfc3339`` as UTF-8, for writers that fill one buffer.
    public func appendRFC3339(to bytes: inout [UInt8]) {
        let (days, inDay) = microseconds.floored(dividingBy: 86_400_000_000)
        CivilDay(daysSinceEpoch: Int(days)).appendISO8601(to: &bytes)
        let (seconds, fraction) = Int(inDay).quotientAndRemainder(dividingBy: 1_000_000)
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDecimal(seconds / 3_600, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(seconds / 60 % 60, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(seconds % 60, digits: 2)
        if fraction != 0 {
            bytes.append(UInt8(ascii: "."))
            if fraction % 1_000 == 0 {
                bytes.appendDecimal(fraction / 1_000, digits: 3)
            } else {
                bytes.appendDecimal(fraction, digits: 6)
            }
        }
        bytes.append(UInt8(ascii: "Z"))
    }
}

extension Timestamp: CustomStringConvertible {
    public var description: String { rfc3339 }
}

/// Reads one RFC 3339 moment from front to back.
private struct RFC3339Scanner {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func scan() -> Timestamp? {
        guard let year = number(digits: 4), (1_900...2_199).contains(year), skip("-"),
            let month = number(digits: 2), skip("-"), let day = number(digits: 2), skip("T", or: "t"),
            let hour = number(digits: 2), hour < 24, skip(":"), let minute = number(digits: 2), minute < 60,
            skip(":"), let second = number(digits: 2), second < 60, let microseconds = fraction(),
            let offset = offsetSeconds(), position == bytes.count
        else { return nil }
        let date = CivilDay(year: year, month: month, day: day)
        guard date.isValid else { return nil }
        let seconds = date.daysSinceEpoch * 86_400 + hour * 3_600 + minute * 60 + second - offset
        let moment = Timestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(microseconds))
        return moment >= .earliest && moment < .end ? moment : nil
    }

    /// The fraction in microseconds, 0 when there is none; nil when it has no digit or more than nine.
    private mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        var value = 0
        var digits = 0
        while position < bytes.count, let digit = digit(bytes[position]) {
            if digits < 6 { value = value * 10 + digit }
            digits += 1
            position += 1
        }
        guard (1...9).contains(digits) else { return nil }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    private mutating func offsetSeconds() -> Int? {
        if skip("Z", or: "z") { return 0 }
        let east = skip("+")
        guard east || skip("-"), let hours = number(digits: 2), hours < 24, skip(":"),
            let minutes = number(digits: 2), minutes < 60
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return east ? seconds : -seconds
    }

    private mutating func number(digits: Int) -> Int? {
        guard position + digits <= bytes.count else { return nil }
        var value = 0
        for index in position..<position + digits {
            guard let digit = digit(bytes[index]) else { return nil }
            value = value * 10 + digit
        }
        position += digits
        return value
    }

    private func digit(_ byte: UInt8) -> Int? {
        let value = byte &- UInt8(ascii: "0")
        return value < 10 ? Int(value) : nil
    }

    private mutating func skip(_ character: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
        guard position < bytes.count else { return false }
        let byte = UInt32(bytes[position])
        guard byte == character.value || byte == other?.value else { return false }
        position += 1
        return true
    }
}

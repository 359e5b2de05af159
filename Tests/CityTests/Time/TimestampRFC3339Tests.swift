import City
import FoundationEssentials
import TestSupport
import Testing

@Suite struct TimestampRFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("2026-02-13T17:00:00+08:00", 1_770_973_200_000_000),
        ("2026-02-13t09:00:00z", 1_770_973_200_000_000),
        ("2026-02-13T09:00:00-00:00", 1_770_973_200_000_000),
        ("2026-02-13T09:00:00.5Z", 1_770_973_200_500_000),
        ("2026-02-13T09:00:00.123456Z", 1_770_973_200_123_456),
        ("2026-02-13T09:00:00.123456789Z", 1_770_973_200_123_456),
        ("2026-02-13T09:00:00.000000999Z", 1_770_973_200_000_000),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1900-01-01T00:00:00Z", -2_208_988_800_000_000),
        ("2199-12-31T23:59:59.999999Z", 7_258_118_399_999_999),
        ("2199-12-31T23:59:59+08:00", 7_258_089_599_000_000),
        ("2026-02-13T04:30:00-04:30", 1_770_973_200_000_000),
    ])
    func reads(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
        #expect(Timestamp(rfc3339: Array(text.utf8))?.microseconds == microseconds)
        #expect(Timestamp(rfc3339: text[...])?.microseconds == microseconds)
        #expect(Timestamp(rfc3339: text.utf8.lazy.map { $0 })?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-02-13", "2026-02-13T17:00:00", "2026-02-13 17:00:00Z", "2026-02-13T17:00Z",
        "2026-02-13T17:00:00+0800",
        "2026-02-13T17:00:00+08", "2026-02-13T17:00:00.Z", "2026-02-13T17:00:00.1234567890Z", "2026-02-13T17:00:00,5Z",
        "2026-02-30T00:00:00Z", "2026-02-13T24:00:00Z", "2026-02-13T23:60:00Z", "2016-12-31T23:59:60Z",
        "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "1900-01-01T00:00:00+08:00", "2199-12-31T23:59:59-08:00",
        "2026-02-13T17:00:00Z ", " 2026-02-13T17:00:00Z", "2026-02-13T17:00:00+24:00", "2026-02-13T17:00:00+08:60",
        "2026-02-13T17:00:00ZZ", "２026-02-13T17:00:00Z", "2026-02-13T17:00:00Z\0", "+2026-02-13T17:00:00Z",
        "2026-02-13T-7:00:00Z", "2026-02-13T17:00:00\u{2212}08:00",
    ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"),
        (1_770_973_200_000_000, "2026-02-13T09:00:00Z"),
        (1_770_973_200_500_000, "2026-02-13T09:00:00.500Z"),
        (1_770_973_200_000_001, "2026-02-13T09:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
    ])
    func writes(microseconds: Int64, text: String) {
        let moment = Timestamp(microseconds: microseconds)
        #expect(moment.rfc3339 == text)
        var bytes = Array("at ".utf8)
        moment.appendRFC3339(to: &bytes)
        #expect(bytes == Array("at \(text)".utf8))
    }

    @Test func extremesAreWritten() {
        #expect(Timestamp(microseconds: .max).rfc3339 == "+294247-01-10T04:00:54.775807Z")
        #expect(Timestamp(microseconds: .min).rfc3339 == "-290308-12-21T19:59:05.224192Z")
    }

    @Test func readsBackWhatItWrote() {
        var generator = SeededGenerator(seed: freshSeed("RFC 3339 round trip"))
        for _ in 0..<20_000 {
            let moment = Timestamp(
                microseconds: .random(
                    in: Timestamp.earliest.microseconds..<Timestamp.end.microseconds, using: &generator))
            guard Timestamp(rfc3339: moment.rfc3339) == moment else {
                Issue.record("\(moment.microseconds) is written \(moment.rfc3339)")
                return
            }
        }
    }

    /// Any single changed byte is either refused or read as what Foundation reads.
    @Test func agreesWithFoundationOnMutations() throws {
        var generator = SeededGenerator(seed: freshSeed("RFC 3339 mutations"))
        let alphabet = Array("0123456789-+:.TZtz ".utf8)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = Array("2026-02-13T17:00:00+08:00".utf8)
            bytes[.random(in: bytes.indices, using: &generator)] = alphabet.randomElement(using: &generator)!
            guard let moment = Timestamp(rfc3339: bytes), bytes.allSatisfy({ $0 != UInt8(ascii: "t") }) else {
                continue
            }
            read += 1
            let text = String(decoding: bytes, as: UTF8.self)
            let date = try style.parse(text)
            guard date.timeIntervalSince1970 == Double(moment.seconds) else {
                Issue.record("\(text) is read as \(moment)")
                return
            }
        }
        #expect(read > 1_000)
    }
}

import TestSupport
import City
import Messages
import Testing

@testable import Intake

@Suite("What is wrong with a submission")
struct SubmissionFaultTests {
    let city: City

    init() throws { city = try SampleStreet.make() }

    struct Case: Sendable, CustomTestStringConvertible {
        var old: String
        var new: String
        var faults: [SubmissionFault]

        init(_ old: String, _ new: String, _ faults: (String, SubmissionFault.Slug)...) {
            self.old = old
            self.new = new
            self.faults = faults.map { SubmissionFault($0.0, $0.1) }
        }

        var testDescription: String { "\(old) → \(new.prefix(60))" }
    }

    private static func long(_ count: Int) -> String { String(repeating: "长", count: count) }
    private static let onTheSpot =
        "{\"handledAt\":\"2025-11-03T09:20:00+08:00\",\"note\":\"已更换\",\"evidence\":[\"a.jpg\"]}"
    private static let location = "{\"longitude\":104.005,\"latitude\":30.005,\"datum\":\"WGS84\"}"

    static let envelope = [
        Case("\"specversion\":\"1.0\"", "\"specversion\":\"0.3\"", ("/specversion", .unknownVersion)),
        Case("\"specversion\":\"1.0\",", "", ("/specversion", .missing)),
        Case("\"wangge.report.submitted.v1\"", "\"wangge.report.submitted.v9\"", ("/type", .unknownType)),
        Case("\"wangge.report.submitted.v1\"", "17", ("/type", .wrongType)), Case("\"p-1\"", "null", ("/id", .missing)),
        Case("\"p-1\"", "1", ("/id", .wrongType)), Case("\"p-1\"", "\"  \"", ("/id", .empty)),
        Case("\"p-1\"", "\"\(long(129))\"", ("/id", .tooLong)),
        Case("\"p-1\"", "\"a\\u001bb\"", ("/id", .controlCharacter)),
        Case("\"patrol\"", "\"nobody\"", ("/source", .unknownSource)),
        Case("\"patrol\"", "\"\(long(65))\"", ("/source", .tooLong)),
        Case("\"data\":{", "\"other\":{", ("/data", .missing)),
    ]

    static let matter = [
        Case("\"2025-11-03T09:00:00+08:00\"", "\"2025-11-03 09:00\"", ("/data/occurredAt", .badTime)),
        Case("\"2025-11-03T09:00:00+08:00\"", "\"2025-11-03T09:00:00\"", ("/data/occurredAt", .badTime)),
        Case("\"2025-11-03T09:00:00+08:00\"", "1762131600", ("/data/occurredAt", .wrongType)),
        Case("\"2025-11-03T09:00:00+08:00\"", "null", ("/data/occurredAt", .missing)),
        Case("\"C0101-1\"", "\"C9999-1\"", ("/data/condition", .unknownCondition)),
        Case("\"C0101-1\"", "[]", ("/data/condition", .wrongType)),
        Case("\"title\":\"井盖破损\",", "", ("/data/title", .missing)),
        Case("\"井盖破损\"", "\"\"", ("/data/title", .empty)), Case("\"井盖破损\"", "\"\\n\\t\"", ("/data/title", .empty)),
        Case("\"井盖破损\"", "\"\(long(201))\"", ("/data/title", .tooLong)),
        Case("\"井盖破损\"", "\"a\\u0007\"", ("/data/title", .controlCharacter)),
        Case("\"井盖破损\"", "\"a\\u0085\"", ("/data/title", .controlCharacter)),
        Case("\"井盖破损\"", "\"a\\u007f\"", ("/data/title", .controlCharacter)),
        Case("\"路口井盖\"", "\"\(long(4_001))\"", ("/data/text", .tooLong)),
        Case("\"路口井盖\"", "{}", ("/data/text", .wrongType)),
        Case("\"5号楼4单元\"", "\"\(long(501))\"", ("/data/address", .tooLong)),
        Case("\"5号楼4单元\"", "\"   \"", ("/data/address", .empty)),
        Case("\"W1\"", "\"W9\"", ("/data/finder", .unknownPost)), Case("\"W1\"", "true", ("/data/finder", .wrongType)),
        Case("{\"phone\":\"13800138000\"}", "\"13800138000\"", ("/data/contact", .wrongType)),
        Case("13800138000", String(repeating: "1", count: 4_100), ("/data/contact", .tooLong)),
    ]

    static let place = [
        Case("104.005", "181", ("/data/location/longitude", .outOfRange)),
        Case("104.005", "1e400", ("/data/location/longitude", .outOfRange)),
        Case("30.005", "-91", ("/data/location/latitude", .outOfRange)),
        Case("30.005", "\"30.005\"", ("/data/location/latitude", .wrongType)),
        Case("\"longitude\":104.005,", "", ("/data/location/longitude", .missing)),
        Case("\"WGS84\"", "\"CGCS2001\"", ("/data/location/datum", .unknownDatum)),
        Case("\"WGS84\"", "4326", ("/data/location/datum", .wrongType)),
        Case("104.005", "105.005", ("/data/location", .outsideCity)),
        Case(
            "\"longitude\":104.005,\"latitude\":30.005", "\"longitude\":30.005,\"latitude\":104.005",
            ("/data/location", .coordinatesSwapped)),
        Case(location, "[104.005,30.005]", ("/data/location", .wrongType)),
        Case("\"location\":\(location)", "\"grid\":\"T-9\"", ("/data/grid", .unknownGrid)),
        Case("\"location\":\(location)", "\"grid\":\"\"", ("/data/grid", .unknownGrid)),
    ]

    static let onTheSpotCases = [
        Case("\"patrol\"", "\"hotline\"", ("/data/onTheSpot", .notStaffed)),
        Case("\"finder\":\"W1\",", "", ("/data/finder", .missing)),
        Case("T09:20", "T08:59", ("/data/onTheSpot/handledAt", .handledBeforeFound)),
        Case("\"handledAt\":\"2025-11-03T09:20:00+08:00\",", "", ("/data/onTheSpot/handledAt", .missing)),
        Case("[\"a.jpg\"]", "[]", ("/data/onTheSpot/evidence", .evidenceMissing)),
        Case(",\"evidence\":[\"a.jpg\"]", "", ("/data/onTheSpot/evidence", .evidenceMissing)),
        Case("[\"a.jpg\"]", "[\"a\",1]", ("/data/onTheSpot/evidence/1", .wrongType)),
        Case("[\"a.jpg\"]", "[\"a\",\"\"]", ("/data/onTheSpot/evidence/1", .empty)),
        Case("[\"a.jpg\"]", "[\"\(long(501))\",\"b\"]", ("/data/onTheSpot/evidence/0", .tooLong)),
        Case("\"已更换\"", "\"\(long(1_001))\"", ("/data/onTheSpot/note", .tooLong)),
        Case(onTheSpot, "true", ("/data/onTheSpot", .wrongType)),
    ]

    @Test("Each fault is named with its place, and alone", arguments: envelope + matter + place + onTheSpotCases)
    func table(_ one: Case) {
        let faults = SampleEvent.read(SampleEvent.replacing([(one.old, one.new)]), city: city).faults
        #expect(faults == one.faults)
    }

    static let texts: [(String, SubmissionFault.Slug)] = [
        ("not json", .notJSON), ("", .notJSON), ("{\"a\":\"\\ud800\"}", .notJSON), ("{\"a\":1}x", .notJSON),
        ("{\"a\":\"\\u0000\"}", .nulCharacter), ("{\"a\":1,\"a\":2}", .duplicateKey),
        (String(repeating: "[", count: 40), .tooDeep),
        ("{\((0...200).map { "\"k\($0)\":1" }.joined(separator: ","))}", .tooManyKeys),
        ("\"\(String(repeating: "x", count: 262_143))\"", .tooLarge), ("[]", .wrongType), ("\"event\"", .wrongType),
    ]

    @Test("A text that is not acceptable JSON has one fault, of the whole", arguments: texts)
    func text(text: String, slug: SubmissionFault.Slug) {
        #expect(SampleEvent.read(Array(text.utf8), city: city).faults == [SubmissionFault("", slug)])
    }

    @Test("Bytes that are not UTF-8 are refused as such")
    func encoding() {
        // The first byte of 路 without the two that belong to it.
        let parts = SampleEvent.text.split(separator: "路口")
        let bytes = Array(parts[0].utf8) + [0xE8] + Array(parts[1].utf8)
        #expect(SampleEvent.read(bytes, city: city).faults == [SubmissionFault("", .invalidUTF8)])
    }

    @Test("All that is wrong is said at once, in the order of the event")
    func several() {
        let faults = SampleEvent.read(
            SampleEvent.replacing([
                ("\"1.0\"", "\"2.0\""), ("\"p-1\"", "7"), ("\"patrol\"", "\"hotline\""), ("T09:00:00+08:00", ""),
                ("\"C0101-1\"", "\"?\""), ("井盖破损", ""), ("104.005", "999"), ("\"W1\"", "\"W9\""), ("[\"a.jpg\"]", "{}"),
                ("{\"phone\":\"13800138000\"}", "[]"),
            ]), city: city
        ).faults
        let expected: [(String, SubmissionFault.Slug)] = [
            ("/specversion", .unknownVersion), ("/id", .wrongType), ("/data/occurredAt", .badTime),
            ("/data/condition", .unknownCondition), ("/data/title", .empty), ("/data/location/longitude", .outOfRange),
            ("/data/finder", .unknownPost), ("/data/onTheSpot", .notStaffed), ("/data/onTheSpot/evidence", .wrongType),
            ("/data/contact", .wrongType),
        ]
        #expect(faults == expected.map { SubmissionFault($0.0, $0.1) })
    }

    @Test("A publisher may speak for its own sources only, and refused input is filed under the source it named")
    func sources() {
        let other = SampleEvent.read(SampleEvent.replacing([]), city: city, allowed: [SourceCode("hotline")])
        #expect(other.faults == [SubmissionFault("/source", .notYourSource)])
        guard case .failure(let refused) = other else { return }
        #expect(refused.source == SourceCode("patrol"))
        guard case .failure(let unread) = SampleEvent.read([0x7B], city: city) else { return }
        #expect(unread.source == SourceCode("fallback"))
    }

    @Test("Longest texts pass, counted in characters and not in bytes")
    func longest() throws {
        let read = try SampleEvent.submission(
            [
                ("p-1", Self.long(128)), ("井盖破损", Self.long(200)), ("路口井盖", Self.long(4_000)),
                ("5号楼4单元", Self.long(500)), ("已更换", Self.long(1_000)),
            ], city: city)
        #expect(read.title.count == 200 && read.text.count == 4_000)
        #expect(try SampleEvent.submission([("路口井盖", "一\\n二\\r\\n\\t三")], city: city).text == "一\n二\r\n\t三")
    }

    @Test("Times are believed within limits: ten minutes ahead, 400 days back")
    func times() throws {
        let submission = try SampleEvent.submission(city: city)
        let rules = AcceptanceRules()
        let found = submission.occurredAt
        #expect(rules.faults(of: submission, now: found.advanced(bySeconds: 1_200)).isEmpty)
        #expect(rules.faults(of: submission, now: found.advanced(bySeconds: 600)).isEmpty)
        #expect(
            rules.faults(of: submission, now: found.advanced(bySeconds: -601)) == [
                SubmissionFault("/data/occurredAt", .timeInFuture),
                SubmissionFault("/data/onTheSpot/handledAt", .timeInFuture),
            ])
        #expect(
            rules.faults(of: submission, now: found.advanced(bySeconds: 599)) == [
                SubmissionFault("/data/onTheSpot/handledAt", .timeInFuture)
            ])
        #expect(rules.faults(of: submission, now: found.advanced(bySeconds: 400 * 86_400)).isEmpty)
        #expect(
            rules.faults(of: submission, now: found.advanced(bySeconds: 400 * 86_400 + 1)) == [
                SubmissionFault("/data/occurredAt", .timeTooOld)
            ])
    }

    @Test("Every slug occurs in these tests, and is told in both languages without a word of the content")
    func coverage() {
        let cases = Self.envelope + Self.matter + Self.place + Self.onTheSpotCases
        let produced = Set(cases.flatMap(\.faults).map(\.slug)).union(Self.texts.map(\.1))
            .union([.invalidUTF8, .notYourSource, .timeInFuture, .timeTooOld])
        #expect(produced == Set(SubmissionFault.Slug.allCases))
        for slug in SubmissionFault.Slug.allCases {
            let detail = SubmissionFault("", slug).detail
            #expect(detail.zh != slug.rawValue && detail.en != slug.rawValue, "\(slug)")
        }
    }
}

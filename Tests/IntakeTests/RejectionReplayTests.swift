import City
import Messages
import Postgres
import TestSupport
import Testing

@testable import EventLog
@testable import Intake

@Suite("replaying refused input", .serialized)
struct RejectionReplayTests {
    let intake: IntakeHarness
    /// The city with a filing condition that it did not have when the input was refused.
    let laterCity: City

    private static let newCondition = ("C0101-1", "C0888-1")

    init() throws {
        intake = try IntakeHarness()
        var profile = SampleStreet.profile()
        var added = profile.conditions[0]
        added.code = ConditionCode(Self.newCondition.1)
        profile.conditions.append(added)
        let zone = try TimeZoneRules(
            name: "Asia/Shanghai", transitions: [.init(from: .earliest, offsetSeconds: 28_800)])
        laterCity = try City(profile: profile, zone: zone)
    }

    private func replay(
        _ request: RejectionReplayHandler.Request = .init(after: 0), city: City? = nil,
        sealing: Sealing = IntakeHarness.sealing
    ) throws -> RejectionReplayHandler.Response {
        let handler = RejectionReplayHandler(city: city ?? laterCity, sealing: sealing, rules: AcceptanceRules())
        return try intake.transact { transaction, output in
            try handler.handle([request], now: intake.now, in: transaction, output: &output)[0].get()
        }
    }

    private func refuse(_ changes: [(String, String)], count: Int = 1) throws {
        for _ in 0..<count { try intake.accept([intake.item(changes)]) }
    }

    @Test("What the city knows by now is accepted, published and marked, once")
    func accepted() throws {
        try refuse([Self.newCondition])
        let response = try replay()
        #expect(response.accepted == 1)
        #expect(intake.published.map(\.topic) == [.rejected, .reports])
        let row = try intake.session.query(
            """
            SELECT j.accepted_as = r.id, j.replayed_at IS NOT NULL, r.source_id
            FROM intake.rejection j JOIN intake.report r ON r.id = j.accepted_as
            """
        ).decode((Bool, Bool, String).self)
        #expect(row.count == 1)
        #expect(row.first?.0 == true && row.first?.1 == true && row.first?.2 == "p-1")
        #expect(try intake.count("intake.contact") == 1)
        #expect(try replay() == .init())
    }

    @Test("What is refused again stays as it is, without a second rejection")
    func refusedAgain() throws {
        try refuse([Self.newCondition])
        let response = try replay(city: intake.city)
        #expect(response.stillRefused == 1 && response.accepted == 0)
        #expect(try intake.count("intake.rejection") == 1)
        #expect(intake.published.map(\.topic) == [.rejected])
        #expect(try replay().accepted == 1)
    }

    @Test("An id that was used for other content meanwhile is a conflict")
    func conflict() throws {
        try refuse([Self.newCondition])
        try intake.accept([intake.item()])
        #expect(try replay().conflicts == 1)
        #expect(try intake.count("intake.report") == 1)
    }

    @Test("Input that was cut, sealed with another key, or not its publisher's to send cannot be replayed")
    func notReplayable() throws {
        let long = String(repeating: "长", count: 40_000)
        try refuse([Self.newCondition, ("路口井盖", long)])
        #expect(try replay().notReplayable == 1)

        let input = SampleEvent.replacing([Self.newCondition])
        let stolen = Refusal(
            source: SourceCode("patrol"), input: input,
            reasons: [.init("/source", .notYourSource), .init("/data/condition", .unknownCondition)])
        try intake.accept([.refusal(stolen)])
        #expect(try replay().notReplayable == 2)

        try refuse([Self.newCondition])
        let rotated = Sealing(secret: "another secret of at least thirty-two bytes", version: 2)
        #expect(try replay(sealing: rotated).notReplayable == 3)
        #expect(try replay().accepted == 1)
    }

    @Test("A source's rejections are replayed apart, and batch after batch")
    func chosen() throws {
        try refuse([Self.newCondition], count: 3)
        #expect(try replay(.init(after: 0, source: "hotline")) == .init())
        let first = try replay(.init(after: 0, source: "patrol", limit: 2))
        #expect(first.accepted == 2)
        let second = try replay(.init(after: first.last ?? 0, source: "patrol", limit: 2))
        #expect(second.accepted == 1)
        // All three say the same under one id: one report.
        #expect(try intake.count("intake.report") == 1)
    }

    @Test("Attributes that came beside the data are kept with it")
    func binary() throws {
        let data = Array(try #require(JSONDocument(SampleEvent.replacing([])).root["data"]).rawBytes)
        let reader = SubmissionReader(city: intake.city, allowedSources: nil)
        let source = SourceCode("patrol")
        func kept(_ data: [UInt8], type: String = SubmissionReader.eventType) -> [UInt8] {
            KeptInput.event(type: type, id: "p-1", source: "patrol", data: data)
        }
        let direct = try SampleEvent.submission(city: intake.city)
        let read = try KeptInput.read(kept(data), with: reader, fallbackSource: source).get()
        #expect(read.digest == direct.digest && read.sourceID == direct.sourceID)

        for broken in [Array("{\"a\":1,\"a\":2}".utf8), [0xFF, 0x00], []] {
            let before = reader.read(
                data: broken, type: SubmissionReader.eventType, id: "p-1", source: "patrol", fallbackSource: source,
                traceparent: nil)
            #expect(KeptInput.read(kept(broken), with: reader, fallbackSource: source) == before)
        }
    }
}

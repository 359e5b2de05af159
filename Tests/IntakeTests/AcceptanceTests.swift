import City
import Messages
import Postgres
import Testing

@testable import Intake

@Suite("Accepting reports, once each")
struct AcceptanceTests {
    let intake: IntakeHarness

    init() throws { intake = try IntakeHarness() }

    private func tracking(_ outcome: ItemOutcome?) throws -> String {
        guard case .accepted(let number, _) = outcome else {
            throw MessageFault(reason: "not accepted: \(String(describing: outcome))")
        }
        return number
    }

    @Test("A new report gets a number, is stored, and is published as it is stored")
    func new() throws {
        let outcomes = try intake.accept([intake.item()])
        #expect(outcomes == [.accepted(trackingNumber: "SMP-0000001000-5", repeated: false)])
        let message = try #require(intake.published.first)
        #expect(intake.published.count == 1 && message.topic == .reports && message.type == ReportAccepted.type)
        // Reports of one community go through one lane.
        #expect(message.key == "T-1" && message.subject == "1000" && message.traceparent == "00-trace")
        let report = try ReportAccepted(json: JSONDocument(message.payload).root)
        #expect(report.trackingNumber == "SMP-0000001000-5" && report.receivedAt == intake.now)
        #expect(report.grid == GridCode("T-1-1") && report.onTheSpot?.evidence == ["a.jpg"])
        let row = try #require(
            try intake.session.query("SELECT source, source_id, grid, document FROM intake.report WHERE id = 1000")
                .first)
        let (source, sourceID, grid, document) = try row.decode((String, String, String?, [UInt8]).self)
        #expect(source == "patrol" && sourceID == "p-1" && grid == "T-1-1" && document == message.payload)
        let status = try #require(try ReportStore.status(of: ReportID(1_000), session: intake.session))
        #expect(status.sourceID == "p-1" && status.receivedAt == intake.now && status.caseNumber == nil)
        #expect(try ReportStore.status(of: ReportID(1), session: intake.session) == nil)
    }

    @Test("The same id with the same content again: the same number, no second report, nothing published")
    func repeated() throws {
        let first = try tracking(intake.accept([intake.item()])[0])
        // Written differently, it says the same.
        let again = try intake.accept([intake.item([(",", " ,\n")])])
        #expect(again == [.accepted(trackingNumber: first, repeated: true)])
        #expect(try intake.count("intake.report") == 1 && intake.count("intake.contact") == 1)
        #expect(intake.published.count == 1)
    }

    @Test("The same id with other content is a conflict that names the report; another source may use the id")
    func conflict() throws {
        let first = try tracking(intake.accept([intake.item()])[0])
        #expect(try intake.accept([intake.item([("路口井盖", "别处井盖")])]) == [.conflict(trackingNumber: first)])
        // Contact data is content too.
        #expect(
            try intake.accept([intake.item([("13800138000", "13800138001")])]) == [.conflict(trackingNumber: first)])
        let other = try intake.accept([intake.item([("\"patrol\"", "\"hotline\""), ("\"onTheSpot\":{", "\"x\":{")])])
        #expect(try tracking(other[0]) != first)
        #expect(try intake.count("intake.report") == 2 && intake.published.count == 2)
    }

    @Test("Repeats and conflicts inside one batch are told apart, in the order of the batch")
    func sameBatch() throws {
        let batch = [
            intake.item(), intake.item([("p-1", "p-2")]), intake.item(), intake.item([("路口井盖", "别处")]),
            intake.item([("p-1", "p-2")]),
        ]
        let outcomes = try intake.accept(batch)
        let (first, second) = (try tracking(outcomes[0]), try tracking(outcomes[1]))
        #expect(
            outcomes == [
                .accepted(trackingNumber: first, repeated: false), .accepted(trackingNumber: second, repeated: false),
                .accepted(trackingNumber: first, repeated: true), .conflict(trackingNumber: first),
                .accepted(trackingNumber: second, repeated: true),
            ])
        // The whole batch again: all repeats, and the conflict stays one.
        let again = try intake.accept(batch)
        #expect(
            again == [
                .accepted(trackingNumber: first, repeated: true), .accepted(trackingNumber: second, repeated: true),
                .accepted(trackingNumber: first, repeated: true), .conflict(trackingNumber: first),
                .accepted(trackingNumber: second, repeated: true),
            ])
        #expect(try intake.count("intake.report") == 2 && intake.published.count == 2)
    }

    @Test("What an id stands for is what is stored, whichever of a batch comes first")
    func conflictFirst() throws {
        let first = try tracking(intake.accept([intake.item()])[0])
        let outcomes = try intake.accept([intake.item([("路口井盖", "别处")]), intake.item()])
        #expect(outcomes == [.conflict(trackingNumber: first), .accepted(trackingNumber: first, repeated: true)])
    }

    @Test("A report without a place waits for the manual desk, keyed apart from communities")
    func unlocated() throws {
        let location = "\"location\":{\"longitude\":104.005,\"latitude\":30.005,\"datum\":\"WGS84\"},"
        try intake.accept([intake.item([(location, "")])])
        let message = try #require(intake.published.first)
        let report = try ReportAccepted(json: JSONDocument(message.payload).root)
        #expect(message.key == "" && report.grid == nil && report.unlocatedReason == "no-coordinates")
    }

    @Test("A grid above the communities is its own key")
    func highGrid() throws {
        let location = "\"location\":{\"longitude\":104.005,\"latitude\":30.005,\"datum\":\"WGS84\"}"
        try intake.accept([intake.item([(location, "\"grid\":\"T\"")])])
        #expect(intake.published.map(\.key) == ["T"])
    }

    @Test("Refused input is kept sealed with its reasons, and published without a word of it")
    func rejected() throws {
        let canary = "canary-7f3a"
        let outcomes = try intake.accept([
            intake.item([("\"C0101-1\"", "\"C9\""), ("路口井盖", canary)]), intake.item(),
            intake.item([("2025-11-03T09:00", "2025-11-03T11:00"), ("T09:20", "T11:20"), ("路口井盖", canary)]),
        ])
        let reasons = [SubmissionFault("/data/condition", .unknownCondition)]
        let late = [
            SubmissionFault("/data/occurredAt", .timeInFuture),
            SubmissionFault("/data/onTheSpot/handledAt", .timeInFuture),
        ]
        #expect(
            outcomes == [
                .rejected(number: 1, reasons: reasons),
                .accepted(trackingNumber: "SMP-0000001000-5", repeated: false), .rejected(number: 2, reasons: late),
            ])
        let told = try intake.published.filter { $0.topic == .rejected }.map {
            try ReportRejected(json: JSONDocument($0.payload).root)
        }
        #expect(told.map(\.id) == [1, 2] && told.map(\.source) == [SourceCode("patrol"), SourceCode("patrol")])
        #expect(told.map { $0.reasons.map(\.slug) } == [["unknown-condition"], ["time-in-future", "time-in-future"]])
        #expect(try intake.places(holding: canary).isEmpty)
        let rows = try intake.session.query("SELECT sealed, reasons::text, truncated FROM intake.rejection ORDER BY id")
            .decode(([UInt8], String, Bool).self)
        #expect(rows.count == 2 && rows[0].1.contains("/data/condition") && !rows[0].2)
        let opened = try IntakeHarness.sealing.open(rows[0].0, place: "intake.rejection.sealed", row: 1)
        #expect(String(decoding: opened, as: UTF8.self).contains(canary))
    }

    @Test("Of a huge input the beginning is kept")
    func truncated() throws {
        let input = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
        let refusal = Refusal(source: SourceCode("patrol"), input: input, reasons: [SubmissionFault("", .notJSON)])
        try intake.accept([.refusal(refusal)])
        let row = try intake.session.query("SELECT sealed, truncated FROM intake.rejection").decode(
            ([UInt8], Bool).self)[0]
        #expect(row.1)
        #expect(try IntakeHarness.sealing.open(row.0, place: "intake.rejection.sealed", row: 1).count == 64 * 1_024)
    }

    @Test("Contact data is stored once, sealed for its row, and stands nowhere else")
    func contact() throws {
        let canary = "canary-13987650001"
        let outcomes = try intake.accept([
            intake.item([("13800138000", canary)]), intake.item([("p-1", "p-2"), ("13800138000", canary)]),
        ])
        #expect(try outcomes.map(tracking).count == 2)
        #expect(try intake.places(holding: canary).isEmpty)
        let rows = try intake.session.query("SELECT report_id, key_version, sealed FROM intake.contact ORDER BY 1")
            .decode((Int64, Int16, [UInt8]).self)
        #expect(rows.map(\.0) == [1_000, 1_001] && rows.map(\.1) == [1, 1])
        for (report, _, sealed) in rows {
            let opened = try IntakeHarness.sealing.open(sealed, place: "intake.contact.sealed", row: report)
            #expect(String(decoding: opened, as: UTF8.self) == "{\"phone\":\"\(canary)\"}")
            #expect(throws: (any Error).self) {
                try IntakeHarness.sealing.open(sealed, place: "intake.contact.sealed", row: report + 1)
            }
        }
    }

    @Test("The search for leaks finds what is there")
    func placesFindsLeaks() throws {
        try intake.accept([intake.item([("路口井盖", "canary-visible")])])
        #expect(try intake.places(holding: "canary-visible") == ["intake.report", "reports"])
    }

    @Test("Numbers are never given twice, not by two lanes and not after a batch that failed")
    func numbers() throws {
        struct Abort: Error {}
        #expect(throws: Abort.self) {
            try intake.transact { transaction, output in
                _ = try intake.acceptance.accept([intake.item()], now: intake.now, in: transaction, output: &output)
                throw Abort()
            }
        }
        #expect(try intake.count("intake.report") == 0 && intake.published.isEmpty)
        let other = IntakeHarness.acceptance(intake.city)
        var numbers: Set<String> = []
        for round in 0..<30 {
            let items = (0..<100).map { intake.item([("p-1", "p-\(round)-\($0)")]) }
            let outcomes =
                try round % 2 == 0
                ? intake.accept(items)
                : intake.transact { try other.accept(items, now: intake.now, in: $0, output: &$1) }
            numbers.formUnion(try outcomes.map(tracking))
        }
        #expect(try numbers.count == 3_000 && intake.count("intake.report") == 3_000)
    }

    @Test("An empty batch does nothing")
    func empty() throws {
        #expect(try intake.accept([]).isEmpty && intake.published.isEmpty)
    }
}

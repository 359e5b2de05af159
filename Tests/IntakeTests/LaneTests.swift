import City
import CityStore
import Logging
import Messages
import Postgres
import TestSupport
import Testing

@testable import EventLog
@testable import Intake

@Suite("intake's lanes", .serialized)
struct LaneTests {
    let intake: IntakeHarness
    let pool: PostgresPool
    let holder: CityHolder

    init() async throws {
        intake = try IntakeHarness()
        // The city is held by a database of its own, with PostGIS.
        let url = try PrivatePostgres.shared().createDatabase(postgis: true)
        let session = try IntakeHarness.session(url)
        defer { session.close() }
        try PostgresMigrator(schema: CityStore.schema, migrations: CityStore.migrations).migrate(session)
        try session.transaction { _ = try CityStore.save(SampleStreet.profile(version: 0), validFrom: nil, in: $0) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        pool = PostgresPool(try PostgresSettings(url: url), size: 1, logger: logger)
        holder = try await CityHolder(pool, logger: logger)
    }

    private func submitHandler() -> SubmitHandler {
        SubmitHandler(city: holder) { [city = intake.city] in IntakeHarness.acceptance(city) }
    }

    private func inboundHandler() -> InboundHandler {
        InboundHandler(city: holder) { [city = intake.city] in IntakeHarness.acceptance(city) }
    }

    @Test("Requests that waited together are answered apart, in order")
    func submit() throws {
        let handler = submitHandler()
        let requests = [
            [intake.item()], [], [intake.item([("p-1", "p-2")]), intake.item([("\"C0101-1\"", "1")])], [intake.item()],
        ]
        let answers = try intake.transact { try handler.handle(requests, now: intake.now, in: $0, output: &$1) }.map {
            try $0.get()
        }
        #expect(answers.map(\.count) == [1, 0, 2, 1])
        #expect(answers[0] == [.accepted(trackingNumber: "SMP-0000001000-5", repeated: false)])
        #expect(answers[3] == [.accepted(trackingNumber: "SMP-0000001000-5", repeated: true)])
        guard case .rejected(_, let reasons) = answers[2][1] else {
            Issue.record("not rejected")
            return
        }
        #expect(reasons == [SubmissionFault("/data/condition", .wrongType)])
    }

    @Test("A report that comes by Kafka is accepted as one that comes by HTTP, whatever else is in the batch")
    func inbound() throws {
        let data = Array(try #require(JSONDocument(SampleEvent.replacing([])).root["data"]).rawBytes)
        let topic = Topic.inbound("patrol")
        let messages = [
            intake.message(data, on: topic, type: SubmissionReader.eventType, foreignID: "p-1", source: "patrol"),
            intake.message(data, on: topic, type: SubmissionReader.eventType, foreignID: "p-1", source: "patrol"),
            intake.message(data, on: topic, type: SubmissionReader.eventType, foreignID: nil, source: "patrol"),
            intake.message(data, on: topic, type: "other", foreignID: "p-3", source: "patrol"),
            intake.message(data, on: topic, type: SubmissionReader.eventType, foreignID: "p-4", source: "hotline"),
            intake.message(
                [0xFF, 0x00], on: topic, type: SubmissionReader.eventType, foreignID: "p-5", source: "patrol"),
            intake.message(data, on: topic, type: SubmissionReader.eventType, foreignID: "p-6"),
        ]
        let handler = inboundHandler()
        try intake.transact { try handler.handle(messages, now: intake.now, in: $0, output: &$1) }
        let reports = try intake.published.filter { $0.topic == .reports }.map {
            try ReportAccepted(json: JSONDocument($0.payload).root)
        }
        #expect(reports.map(\.sourceID) == ["p-1", "p-6"])
        #expect(intake.published.first?.traceparent == IntakeHarness.traceparent)
        let slugs = try intake.published.filter { $0.topic == .rejected }.map {
            try ReportRejected(json: JSONDocument($0.payload).root).reasons.map { "\($0.pointer) \($0.slug)" }
        }
        #expect(
            slugs == [
                ["/id empty"], ["/type unknown-type"], ["/source not-your-source", "/data/onTheSpot not-staffed"],
                [" not-json"],
            ])
        // The report by HTTP says the same, so it is a repeat.
        #expect(
            try intake.accept([intake.item()]) == [.accepted(trackingNumber: reports[0].trackingNumber, repeated: true)]
        )
        #expect(intake.deadLetters.isEmpty)
    }

    // MARK: Outcomes

    private func change(
        _ id: Int64, version: Int, _ state: CaseState, report: Int64? = nil, onTheSpot: Bool = false
    ) -> CaseChanged {
        let at = intake.now.advanced(bySeconds: Int64(version) * 60)
        let after = PublicCase(
            id: CaseID(id), number: "SMP-20251103-\(id)", version: version, state: state, source: SourceCode("patrol"),
            condition: ConditionCode("C0101-1"), category: CategoryCode("C0101"), severity: .general, path: .finder,
            title: "井盖", grid: GridCode("T-1-1"), place: nil, assignee: nil, finder: nil, handler: nil, assisting: [],
            onTheSpot: onTheSpot, reports: 1, returns: 0, reworks: 0, escalations: 0, reportedAt: at, filedAt: at,
            dispatchedAt: nil, acceptedAt: nil, handledAt: nil, closedAt: nil, policyVersion: 1)
        let step = CaseChanged.Step(
            version: version, change: .filed, from: version == 1 ? nil : .filed, to: state, at: at, by: "router")
        return CaseChanged(steps: [step], after: after, report: report.map { ReportID($0) })
    }

    private func tell(_ changes: [CaseChanged]) throws {
        let handler = OutcomeHandler(city: holder)
        let messages = changes.map { change in
            var writer = JSONWriter()
            change.write(to: &writer)
            return intake.message(writer.bytes, on: .cases, type: CaseChanged.type)
        }
        try intake.transact { try handler.handle(messages, now: intake.now, in: $0, output: &$1) }
    }

    /// `topic report:state` of what publishers were told since `count` messages.
    private func told(since count: Int) throws -> [String] {
        try intake.published.dropFirst(count).map { message in
            let outcome = try OutcomeReported(json: JSONDocument(message.payload).root)
            #expect(message.key == message.subject)
            return "\(message.topic) \(outcome.sourceID):\(outcome.state.rawValue)"
        }
    }

    @Test("Publishers hear when their report gets its case and when the case is handled and ends, not of other steps")
    func outcomes() throws {
        try intake.accept([
            intake.item(),
            intake.item([("p-1", "h-2"), ("\"patrol\"", "\"hotline\""), ("\"onTheSpot\":{", "\"x\":{")]),
        ])
        let before = intake.published.count
        try tell([change(7, version: 1, .filed, report: 1_000)])
        #expect(try told(since: before) == ["outcomes.patrol p-1:filed"])
        try tell([change(7, version: 2, .dispatched), change(7, version: 3, .accepted)])
        try tell([change(7, version: 4, .accepted, report: 1_001)])
        #expect(try told(since: before + 1) == ["outcomes.hotline h-2:accepted"])
        try tell([change(7, version: 5, .handled), change(7, version: 6, .closed)])
        let ends = try told(since: before + 2)
        #expect(
            ends == [
                "outcomes.patrol p-1:handled", "outcomes.hotline h-2:handled", "outcomes.patrol p-1:closed",
                "outcomes.hotline h-2:closed",
            ])
        for report in [1_000, 1_001] as [Int64] {
            let status = try #require(try ReportStore.status(of: ReportID(report), session: intake.session))
            #expect(status.caseNumber == "SMP-20251103-7" && status.state == "closed" && status.onTheSpot == false)
            #expect(status.changedAt == intake.now.advanced(bySeconds: 360))
        }
    }

    @Test("A case's beginning that comes late, with a later step, leaves the later one")
    func overtaken() throws {
        try intake.accept([intake.item()])
        func state() throws -> String? {
            try ReportStore.status(of: ReportID(1_000), session: intake.session)?.state
        }
        try tell([change(7, version: 2, .dispatched)])
        try tell([change(7, version: 1, .filed, report: 1_000), change(7, version: 3, .accepted)])
        #expect(try state() == "accepted")
        try tell([change(7, version: 1, .filed, report: 1_000)])
        #expect(try state() == "accepted")
    }

    @Test("A report handled on the spot is told once, with its end")
    func onTheSpot() throws {
        try intake.accept([intake.item()])
        try tell([change(7, version: 3, .closed, report: 1_000, onTheSpot: true)])
        #expect(try told(since: 1) == ["outcomes.patrol p-1:closed"])
        #expect(try ReportStore.status(of: ReportID(1_000), session: intake.session)?.onTheSpot == true)
    }

    @Test("An older version never replaces a newer one, in a batch or later")
    func order() throws {
        try intake.accept([intake.item()])
        try tell([change(7, version: 5, .handled, report: 1_000), change(7, version: 3, .accepted)])
        try tell([change(7, version: 4, .handling)])
        #expect(try ReportStore.status(of: ReportID(1_000), session: intake.session)?.state == "handled")
    }

    @Test("A report belongs to one case: another claim on it changes nothing")
    func oneCase() throws {
        try intake.accept([intake.item()])
        try tell([change(7, version: 1, .filed, report: 1_000)])
        try tell([change(8, version: 1, .filed, report: 1_000)])
        #expect(try ReportStore.status(of: ReportID(1_000), session: intake.session)?.caseNumber == "SMP-20251103-7")
    }

    @Test("What cannot be understood is set aside with the reason, and the rest is done")
    func poison() throws {
        try intake.accept([intake.item()])
        let handler = OutcomeHandler(city: holder)
        var writer = JSONWriter()
        change(7, version: 1, .filed, report: 1_000).write(to: &writer)
        let messages = [
            intake.message(Array("{}".utf8), on: .cases, type: CaseChanged.type),
            intake.message(writer.bytes, on: .cases, type: "wangge.case.changed.v2"),
            intake.message(writer.bytes, on: .cases, type: CaseChanged.type),
        ]
        try intake.transact { try handler.handle(messages, now: intake.now, in: $0, output: &$1) }
        #expect(intake.deadLetters == ["case is missing", "expected type wangge.case.changed.v1"])
        #expect(try told(since: 1) == ["outcomes.patrol p-1:filed"])
    }
}

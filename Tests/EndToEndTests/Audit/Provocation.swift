#if DEBUG
import City
import EventLog
import Foundation
import Messages
import Postgres
import ServiceKit
import Testing

/// What has to befall a suite for a planted fault to do harm; a suite without the fault comes through unharmed.
struct Provocation: Sendable {
    /// Checks of the audit and what each must name: an id, or how one begins.
    typealias Findings = [(check: String, id: String)]

    let log: EventLogChoice
    private let number: Int
    private let provoke: @Sendable (Street) async throws -> Findings

    /// Makes it happen.
    ///
    /// - Returns: what the audit must find, if the services have the fault.
    func befall(_ suite: SuiteUnderTest, _ truth: TruthFile) async throws -> Findings {
        try await provoke(try Street(suite, truth, number: number))
    }

    private init(
        _ log: EventLogChoice, _ number: Int, provoke: @escaping @Sendable (Street) async throws -> Findings
    ) {
        self.log = log
        self.number = number
        self.provoke = provoke
    }

    static func of(_ fault: PlantedFault) -> Provocation {
        // Each in a grid and with a worker of its own: their reports are no repeats, nobody reaches a daily cap.
        let number = PlantedFault.allCases.firstIndex(of: fault) ?? 0
        return switch fault {
        case .noTapeCheck: Provocation(.postgres, number) { try await $0.repeatMessages() }
        case .noFencing: Provocation(.postgres, number) { try await $0.freezeRouter() }
        case .cursorOverOutbox: Provocation(.kafka, number) { try await $0.killBeforeSending() }
        case .twoRelays: Provocation(.kafka, number) { try await $0.reportTogether() }
        case .fireWithoutStateChange: Provocation(.postgres, number) { try await $0.letTimePass() }
        case .readThenWriteBalance: Provocation(.postgres, number) { try await $0.raceForOneBalance() }
        case .produceBeforeCommit: Provocation(.kafka, number) { try await $0.failToCommit() }
        case .awardWithoutRuleVersion: Provocation(.postgres, number) { try await $0.earn() }
        case .missingConstraintTrigger: Provocation(.postgres, number) { try await $0.unbalance() }
        case .contactInLog: Provocation(.postgres, number) { try await $0.giveContact() }
        }
    }
}

/// One grid of a suite's city and the worker who finds and handles things there.
private struct Street {
    let suite: SuiteUnderTest
    let truth: TruthFile
    let staff: StaffClient
    let publisher: PublisherClient
    let grid: Grid
    let worker: PostCode

    init(_ suite: SuiteUnderTest, _ truth: TruthFile, number: Int) throws {
        self.suite = suite
        self.truth = truth
        staff = StaffClient(suite)
        publisher = PublisherClient(suite)
        let grids = suite.city.grids.filter { !suite.city.posts(in: $0.code, role: "grid-worker").isEmpty }
        grid = grids[number]
        worker = try #require(suite.city.posts(in: grid.code, role: "grid-worker").first).code
    }

    // MARK: Reports

    /// A report of something that its finder has handled already, or of another thing that waits to be handled.
    private func draft(handled: Bool) throws -> ReportDraft {
        var generator = SystemRandomNumberGenerator()
        let condition = try #require(suite.city.condition(.general, needsEvidence: handled))
        let place = suite.city.place(in: grid, using: &generator)
        var draft = ReportDraft(UUID().uuidString, condition: condition.code, place: place)
        draft.source = SourceCode("patrol")
        draft.finder = worker
        if handled { draft.onTheSpot = ReportDraft.OnTheSpot(handledAt: draft.occurredAt.advanced(bySeconds: 10)) }
        return draft
    }

    /// Submits reports together.
    ///
    /// - Returns: their tracking numbers.
    @discardableResult
    private func report(_ count: Int = 1, handled: Bool = true) async throws -> [String] {
        let drafts = try (0..<count).map { _ in try draft(handled: handled) }
        let numbers = try await publisher.submitUntilAnswered(drafts, as: .lines)
        for (draft, number) in zip(drafts, numbers) { truth.note(draft, number) }
        return numbers
    }

    /// A case that waits for the worker to accept it.
    private func dispatchedCase() async throws -> PublicCase {
        let tracking = try await report(handled: false)[0]
        let number = try await publisher.caseNumber(tracking)
        // A router that produces before it commits tells of a case that is not there yet.
        try await eventually("the case is there") {
            try await staff.get(.router, "/v1/cases/\(number)", as: staff.dispatcher).status == 200
        }
        let one = try await staff.find(number)
        #expect(one.state == .dispatched && one.assignee == worker)
        return one
    }

    // MARK: Lanes

    func repeatMessages() async throws -> Provocation.Findings {
        try await report(3)
        try await suite.quiet()
        try await suite.repeatMessages(100)
        try await eventually("all lanes are at the log's end") { try await positionsBehind() == 0 }
        return [("handled-not-once", "router/reports/"), ("handled-not-once", "analytics/cases/")]
    }

    private func positionsBehind() async throws -> Int64? {
        try await suite.value(
            """
            SELECT count(*) FROM eventlog.lane l
            JOIN eventlog.topic t ON t.name = l.input
            JOIN eventlog.partition p ON p.topic = t.id AND p.partition = l.partition
            WHERE l.next_offset < p.next_offset
            """)
    }

    /// The router sleeps, is taken for dead, and another does its work; then it wakes where it fell asleep.
    func freezeRouter() async throws -> Provocation.Findings {
        let frozen = try #require(suite.process(.router))
        frozen.send(SIGSTOP)
        let tracking = try await report(4)
        // What others tell a member's life by. Without it they would wait ten seconds.
        try await suite.run(
            """
            SELECT pg_terminate_backend(pid) FROM pg_locks
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND objid IN (SELECT id::oid FROM eventlog.member WHERE service = 'router')
            """)
        let deputy = try await suite.startDeputy(.router)
        for number in tracking { _ = try await publisher.caseNumber(number) }
        let last: Int64 = try #require(try await suite.value("SELECT max(id) FROM eventlog.member"))
        frozen.send(SIGCONT)
        // Before it joins anew, its lanes have ended what they had begun.
        try await require("the router joins anew") {
            try await suite.value("SELECT max(id) FROM eventlog.member WHERE service = 'router'", Int64.self) ?? 0
                > last
        }
        deputy.process.send(SIGTERM)
        _ = await deputy.process.ending
        try await suite.ready()
        return [("handled-not-once", "router/reports/")]
    }

    /// The router dies between a commit and the broker's acknowledgement; others have later numbers in the outbox.
    func killBeforeSending() async throws -> Provocation.Findings {
        let one = try await dispatchedCase()
        try await suite.quiet()
        suite.broker?.goAway()
        try await staff.act("accept", on: one.number, as: worker, leadsTo: .accepted)
        try await require("the router's message waits") { try await unsent(by: "router") == 1 }
        await suite.kill(.router)
        try await report()
        suite.broker?.comeBack()
        try await require("intake has sent its report") { try await unsent(by: "intake") == 0 }
        try await suite.restart(.router)
        try await suite.ready()
        try await require("the router has nothing to send") { try await unsent(by: "router") == 0 }
        return [("seen-differs-from-sent", "analytics/cases/"), ("case-facts-differ", "\(one.id)")]
    }

    private func unsent(by service: String) async throws -> Int64? {
        try await suite.value(
            """
            SELECT count(*) FROM eventlog.outbox o JOIN eventlog.lane l ON l.id = o.lane WHERE l.service = \(service)
            """)
    }

    func reportTogether() async throws -> Provocation.Findings {
        try await report(20)
        try await require("intake has sent its reports") { try await unsent(by: "intake") == 0 }
        return [("seen-differs-from-sent", "router/reports/"), ("report-without-case", "")]
    }

    /// A step of a case is refused at the moment of its commit.
    func failToCommit() async throws -> Provocation.Findings {
        let one = try await dispatchedCase()
        try await suite.quiet()
        try await suite.script(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
            CREATE CONSTRAINT TRIGGER refuse_commits AFTER INSERT ON routing.history
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
            """)
        #expect(try await staff.act("accept", on: one.number, as: worker).status >= 500)
        try await suite.script("DROP FUNCTION refuse CASCADE")
        try await suite.quiet()
        return [("seen-differs-from-sent", "analytics/cases/"), ("case-facts-differ", "\(one.id)")]
    }

    // MARK: Clocks

    func letTimePass() async throws -> Provocation.Findings {
        // The clock stands still before the case begins, so that whoever handles it knows.
        try await suite.setClock("SELECT eventlog.now()")
        let one = try await dispatchedCase()
        try await suite.quiet()
        try await suite.setClock(
            "SELECT max(next_due) + interval '2 s' FROM sla.clock WHERE case_id = \(one.id.value)")
        try await require("the accept clock has fired") {
            try await suite.value("SELECT count(*) FROM sla.fired WHERE case_id = \(one.id.value)", Int64.self) ?? 0 > 0
        }
        return [("fired-and-still-due", "\(one.id)")]
    }

    // MARK: Points

    /// Claims of one person are decided on at the same moment in two processes.
    func raceForOneBalance() async throws -> Provocation.Findings {
        let claims = try await earn(8)
        let deputy = try await suite.startDeputy(.rewards)
        try await require("the deputy is ready") {
            try await HTTP.get("http://127.0.0.1:\(deputy.port)/health/ready").status == 200
        }
        let reviewer = try await reviewer(of: claims[0])
        let token = try await staff.token(reviewer)
        let ports = [suite.port(.rewards), deputy.port]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, claim) in claims.enumerated() {
                let url = "http://127.0.0.1:\(ports[number % 2])/v1/claims/\(claim)/review"
                group.addTask {
                    let answer = try await answered {
                        try await HTTP.post(
                            url, [("authorization", "Bearer \(token)"), ("content-type", "application/json")],
                            Array(#"{"decision":"post"}"#.utf8))
                    }
                    #expect(answer.status == 200, "\(answer.text)")
                }
            }
            try await group.waitForAll()
        }
        deputy.process.send(SIGTERM)
        _ = await deputy.process.ending
        try await suite.quiet()
        return [("balance-differs-from-entries", "\(try await account())")]
    }

    func earn() async throws -> Provocation.Findings {
        try await earn(1).map { ("award-unexplained", "\($0)") }
    }

    /// - Returns: claims of the worker that wait for review.
    private func earn(_ count: Int) async throws -> [Int64] {
        let before: [Int64] = try await suite.query("SELECT transfer FROM rewards.claim")
        try await report(count)
        return try await awaited("\(count) claims wait") {
            let claims: [Int64] = try await suite.query(
                """
                SELECT transfer FROM rewards.claim
                WHERE owner = \(worker.rawValue) AND transfer <> ALL (\(before)) ORDER BY transfer
                """)
            return claims.count == count ? claims : nil
        }
    }

    private func reviewer(of claim: Int64) async throws -> PostCode {
        let grid: String = try #require(
            try await suite.value("SELECT review_grid FROM rewards.claim WHERE transfer = \(claim)"))
        return try #require(suite.city.posts(in: GridCode(grid), role: "community-reviewer").first).code
    }

    private func account() async throws -> Int64 {
        try #require(
            try await suite.value(
                "SELECT id FROM rewards.account WHERE kind = 'member' AND owner = \(worker.rawValue)"))
    }

    /// Somebody changes one balance alone, by hand.
    func unbalance() async throws -> Provocation.Findings {
        _ = try await earn(1)
        let account = try await account()
        try? await suite.run("UPDATE rewards.account SET pending = pending + 5 WHERE id = \(account)")
        return [
            ("guard-missing", "rewards.account"), ("ledger-sum", "all accounts"),
            ("balance-differs-from-entries", "\(account)"),
        ]
    }

    // MARK: Personal data

    func giveContact() async throws -> Provocation.Findings {
        var draft = try draft(handled: true)
        draft.contact = (name: "张三", phone: TruthFile.canary)
        let tracking = try await publisher.submit(draft)
        truth.note(draft, tracking)
        _ = try await publisher.caseNumber(tracking)
        return [("personal-data-in-logs", "intake.log:")]
    }
}

extension SuiteUnderTest {
    /// Runs statements for what they do.
    fileprivate func script(_ text: String) async throws {
        try await blocking { [postgresURL] in
            let session = try PostgresSession(PostgresSettings(url: postgresURL), logger: Self.quiet)
            defer { session.close() }
            try session.executeScript(text)
        }
    }

    /// Lets the suite's clock stand still at the moment a query finds.
    fileprivate func setClock(_ moment: SQL) async throws {
        try await blocking { [postgresURL] in
            let session = try PostgresSession(PostgresSettings(url: postgresURL), logger: Self.quiet)
            defer { session.close() }
            let found = try session.query(moment).decode(PostgresTimestamp?.self).first ?? nil
            try Suite.setReplayClock(microseconds: try #require(found).microseconds, session: session)
        }
    }
}
#endif

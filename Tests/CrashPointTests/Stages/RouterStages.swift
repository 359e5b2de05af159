import City
import CityStore
import EventLog
import Messages
import Postgres

@testable import Router

/// What the router does in this town.
enum RouterStages {
    static let schema = (name: "routing", migrations: Router.migrations)

    /// Files by a catalogue that lacks a condition, so that a report is set aside; and meets a message that is none.
    static func filing(_ city: CityHolder) -> any Stage {
        InputStage(
            name: "router, filing", service: "router", topic: .reports, moments: [local("2025-11-03 09:05")],
            beforehand: { suite in
                let broken = OutgoingMessage(
                    topic: .reports, key: "C01", subject: "broken", type: ReportAccepted.type,
                    time: local("2025-11-03 09:03"), foreignID: "x", payload: Array("{}".utf8))
                for _ in 0..<2 { try suite.publish(broken, by: "somebody") }
            },
            makeHandler: { _ in FilingHandler(city: city) })
    }

    /// An operator wants a report handled again that was set aside, by the catalogue as it is now.
    static func filingAgain(_ city: CityHolder) -> any Stage {
        InputStage(
            name: "router, filing what was set aside", service: "router", topic: .reports,
            moments: [local("2025-11-03 09:06")],
            beforehand: { suite in
                try requestReplay(of: "subject <> 'broken'", suite)
            },
            makeHandler: { _ in FilingHandler(city: city) })
    }

    /// Files what came in since, and tries once more what is broken.
    static func filingTheRest(_ city: CityHolder) -> any Stage {
        InputStage(
            name: "router, filing the rest", service: "router", topic: .reports, moments: [local("2025-11-03 11:31")],
            beforehand: { suite in try requestReplay(of: "subject = 'broken'", suite) },
            makeHandler: { _ in FilingHandler(city: city) })
    }

    private static func requestReplay(of condition: SQL, _ suite: LiveSuite) throws {
        try suite.control.execute(
            "UPDATE eventlog.dead_letter SET replay_requested_at = clock_timestamp() WHERE service = 'router' AND \(condition)"
        )
    }

    /// Three people at work, one after another.
    static func caseWork(_ city: CityHolder) -> any Stage {
        RequestStage<CaseWorkHandler>(
            name: "router, case work", service: "router", moment: local("2025-11-03 09:12"),
            requests: { session in
                let general = try id(of: "h-1", session)
                let unlocated = try id(of: "h-4", session)
                let command = try id(of: "h-2", session)
                let worker = Actor(post: PostCode("GW-M001"), roles: [], jurisdiction: [GridCode("M001")])
                let desk = Actor(post: PostCode("DP1"), roles: ["dispatcher"], jurisdiction: [GridCode("R")])
                let checker = Actor(post: PostCode("CK"), roles: ["closing-checker"], jurisdiction: [GridCode("R")])
                let leader = Actor(post: PostCode("GL-M003"), roles: [], jurisdiction: [GridCode("M003")])
                return [
                    [
                        request(general, .accept, worker, "09:08"), request(general, .start, worker, "09:09"),
                        request(general, .check(passed: true, reason: nil), worker, "09:09"),
                    ],
                    [
                        request(unlocated, .locate(grid: GridCode("M003")), desk, "09:09"),
                        request(command, .acknowledge(node: "GL-M003"), leader, "09:10"),
                        request(general, .handle(note: "swept", evidence: []), worker, "09:10"),
                    ], [request(general, .check(passed: true, reason: nil), checker, "09:11")],
                ]
            },
            answer: { outcomes in
                outcomes.map { outcome in
                    switch outcome {
                    case .success: "done"
                    case .failure(let refusal): refusal.slug.rawValue
                    }
                }.joined(separator: " ")
            },
            makeHandler: { _ in CaseWorkHandler(city: city) })
    }

    static func escalation(_ city: CityHolder) -> any Stage {
        InputStage(
            name: "router, escalation", service: "router", topic: .clocks, moments: [local("2025-11-03 10:01")],
            makeHandler: { _ in EscalationHandler(city: city) })
    }

    private static func request(_ id: CaseID, _ action: CaseAction, _ actor: Actor, _ at: String) -> CaseRequest {
        CaseRequest(
            caseName: id.description, action: action, actor: actor, at: local("2025-11-03 \(at)"),
            expectedVersion: nil, traceparent: nil)
    }

    /// The case that a report of the hotline became.
    private static func id(of report: String, _ session: PostgresSession) throws -> CaseID {
        let rows = try session.query(
            """
            SELECT h.case_id FROM routing.history h JOIN intake.report r ON r.id = h.report_id
            WHERE r.source_id = \(report)
            """)
        guard let row = rows.first else { throw StageFailure(description: "\(report) became no case") }
        return CaseID(try row.decode(Int64.self))
    }
}

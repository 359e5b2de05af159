import City
import Messages
import TestSupport

@testable import EventLog
@testable import Router

/// What the router keeps.
struct RoutingTables {
    struct Row {
        var document: PublicCase
        var changedAt: Timestamp
        var history: [WorkingCase.RecordedStep] = []
    }

    var cases: [CaseID: Row] = [:]
    /// Reports that stand in a history.
    var reports: [ReportID: CaseID] = [:]

    func working(_ id: CaseID) -> WorkingCase? {
        cases[id].map { WorkingCase(stored: $0.document, changedAt: $0.changedAt) }
    }

    mutating func save(_ changed: [WorkingCase]) {
        for work in changed where !work.steps.isEmpty {
            var row = cases[work.now.id] ?? Row(document: work.now, changedAt: work.changedAt)
            row.document = work.now
            row.changedAt = work.changedAt
            row.history += work.steps
            cases[work.now.id] = row
            for step in work.steps { if let report = step.report { reports[report] = work.now.id } }
        }
    }
}

/// The router's lanes and the people who work on cases.
final class RouterModel {
    private struct Request {
        var id: CaseID
        var action: CaseAction
        var actor: Actor
        var at: Timestamp
        var wasDone = false
    }

    private let city: City
    private var requests: [Request] = []
    private let reports = DecodedBodies<ReportAccepted>()
    private let clocks = DecodedBodies<ClockFired>()

    init(city: City) { self.city = city }

    // MARK: People

    private static let desk = Actor(post: PostCode("DP1"), roles: ["dispatcher"], jurisdiction: [GridCode("R")])
    private static let checker = Actor(
        post: PostCode("CK"), roles: ["closing-checker"], jurisdiction: [GridCode("R")])

    /// What somebody might do next with some case; also what he may not, and what he has done before.
    func nextRequest(_ store: SimulatedStore, now: Timestamp, random: inout SeededGenerator) -> Int? {
        if !requests.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
            return Int.random(in: 0..<requests.count, using: &random)
        }
        guard let id = store.routing.cases.keys.sorted().randomElement(using: &random),
            let one = store.routing.cases[id]?.document
        else { return nil }
        let assignee = Actor(post: one.assignee ?? PostCode("GW-M001"), roles: [], jurisdiction: [])
        let (action, actor): (CaseAction, Actor) =
            switch one.state {
            case .reported: (.locate(grid: GridCode("M003")), Self.desk)
            case .filed, .returned: (.dispatch(to: PostCode("GW-M001"), reason: "again"), Self.desk)
            case .dispatched:
                Int.random(in: 0..<4, using: &random) == 0
                    ? (.sendBack(reason: "not ours"), assignee) : (.accept, assignee)
            case .accepted, .handling: (.handle(note: "done", evidence: []), assignee)
            case .handled:
                (.check(passed: Int.random(in: 0..<3, using: &random) > 0, reason: "not clean"), Self.checker)
            case .closed, .declined, .void: (.void(reason: "in vain"), Self.desk)
            }
        requests.append(Request(id: id, action: action, actor: actor, at: now))
        return requests.count - 1
    }

    func describe(_ request: Int) -> String { "\(requests[request].action.slug) \(requests[request].id)" }

    /// - Returns: what is wrong with the answer.
    func answered(_ request: Int, _ answer: String) -> String? {
        defer { if answer == "done" { requests[request].wasDone = true } }
        return requests[request].wasDone && answer != "done" ? "\(describe(request)) was done, then \(answer)" : nil
    }

    // MARK: Lanes

    func filing(in suite: SimulatedSuite) -> any SimulatedHandler { FilingModel(self, suite) }
    func work() -> any SimulatedHandler { WorkModel(self) }
    func escalation() -> any SimulatedHandler { EscalationModel(self) }

    private final class FilingModel: SimulatedHandler {
        private let model: RouterModel
        private let suite: SimulatedSuite
        private var numbers: Range<Int64> = 0..<0

        init(_ model: RouterModel, _ suite: SimulatedSuite) {
            self.model = model
            self.suite = suite
        }

        func handle(
            _ messages: [Message], now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
        ) throws {
            let duplicates = DuplicateRules(city: model.city)
            let filing = Filing(city: model.city)
            var known = Set(store.routing.reports.keys)
            var open = store.routing.cases.values.filter { !$0.document.state.isFinal }
                .sorted { $0.document.id < $1.document.id }
                .map { WorkingCase(stored: $0.document, changedAt: $0.changedAt) }
            var closed: [WorkingCase] = []
            for message in messages {
                let report = try model.reports.decode(message)
                guard known.insert(report.id).inserted else { continue }
                if let match = duplicates.match(report, among: open),
                    let index = open.firstIndex(where: { $0.now.id == match })
                {
                    try filing.join(report, to: &open[index], now: now)
                } else {
                    if numbers.isEmpty { numbers = suite.takeNumbers("case", 1_000) }
                    let work = try filing.open(report, id: CaseID(numbers.popFirst() ?? 0), now: now)
                    if work.now.state.isFinal { closed.append(work) } else { open.append(work) }
                }
            }
            let changed = (open + closed).filter { !$0.steps.isEmpty }
            store.routing.save(changed)
            for work in changed { for message in CaseMessages.of(work, now: now) { output.publish(message) } }
        }
    }

    private final class WorkModel: SimulatedHandler {
        private let model: RouterModel

        init(_ model: RouterModel) { self.model = model }

        func answer(
            _ number: Int, now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
        ) throws -> String {
            let request = model.requests[number]
            guard let row = store.routing.cases[request.id] else { return CaseRefusal.Slug.noSuchCase.rawValue }
            let isDone = row.history.contains {
                $0.step.at == request.at && $0.step.change == request.action.change
                    && $0.step.by == request.actor.post.rawValue
            }
            if isDone { return "done" }
            var work = WorkingCase(stored: row.document, changedAt: row.changedAt)
            do throws(CaseRefusal) {
                try CaseWork(city: model.city).apply(
                    request.action, by: request.actor, at: request.at, now: now, to: &work)
            } catch {
                return error.slug.rawValue
            }
            store.routing.save([work])
            for message in CaseMessages.of(work, now: now) { output.publish(message) }
            return "done"
        }
    }

    private final class EscalationModel: SimulatedHandler {
        private let model: RouterModel

        init(_ model: RouterModel) { self.model = model }

        func handle(
            _ messages: [Message], now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
        ) throws {
            var cases: [CaseID: WorkingCase] = [:]
            for message in messages {
                let fired = try model.clocks.decode(message)
                guard fired.mark == .breach else { continue }
                guard var work = cases[fired.caseID] ?? store.routing.working(fired.caseID) else {
                    output.deadLetter(message, reason: "there is no such case")
                    continue
                }
                guard Escalation.stillConcerns(work.now.state, kind: fired.kind) else { continue }
                do throws(CaseRefusal) {
                    try Escalation.raise(&work, kind: fired.kind, at: max(now, work.changedAt), city: model.city)
                    cases[fired.caseID] = work
                } catch {
                    output.deadLetter(message, reason: "the case refused the step: \(error.slug.rawValue)")
                }
            }
            let changed = cases.values.sorted { $0.now.id < $1.now.id }
            store.routing.save(changed)
            for work in changed { output.publish(CaseMessages.of(work, now: now)) }
        }
    }

    // MARK: What must hold

    func faults(_ store: SimulatedStore) -> [String] {
        var faults: [String] = []
        for row in store.intake.reports.values {
            let cases = store.routing.cases.values.filter { one in
                one.history.contains { $0.report == row.report.id }
            }
            let times = cases.reduce(0) { $0 + $1.history.count { $0.report == row.report.id } }
            if times != 1 { faults.append("report \(row.report.id) stands in \(times) histories") }
        }
        let accepted = Set(store.intake.reports.values.map(\.report.id))
        for report in store.routing.reports.keys where !accepted.contains(report) {
            faults.append("report \(report) stands in a history and was never accepted")
        }
        for (id, row) in store.routing.cases { faults += Self.faults(of: id, row) }
        return faults
    }

    private static func faults(of id: CaseID, _ row: RoutingTables.Row) -> [String] {
        var faults: [String] = []
        var state: CaseState?
        var at = Timestamp.earliest
        var reports = 0
        for (index, recorded) in row.history.enumerated() {
            let step = recorded.step
            if step.version != index + 1 { faults.append("case \(id): version \(step.version) at place \(index + 1)") }
            if step.from != state || CaseTable.next(after: state, change: step.change) != step.to {
                faults.append("case \(id): \(step.change.rawValue) from \(state?.rawValue ?? "nothing")")
            }
            if step.at < at { faults.append("case \(id): goes back in time at \(step.version)") }
            if recorded.report != nil { reports += 1 }
            (state, at) = (step.to, step.at)
        }
        if row.document.state != state || row.document.version != row.history.count || row.document.reports != reports {
            faults.append("case \(id) is not what its history says")
        }
        if row.document.grid == nil, !row.document.state.isFinal,
            row.document.state != .reported || row.history.first?.step.reason == nil
        {
            faults.append("case \(id) has no grid and does not say why")
        }
        return faults
    }

    /// Escalations by case: none may have happened without a breach.
    func escalations(_ store: SimulatedStore) -> [CaseID: Int] {
        store.routing.cases.mapValues { row in row.history.count { $0.step.change == .escalated } }
    }
}

import City
import CityStore
import EventLog
import Messages
import Postgres

/// One action of a person on one case.
struct CaseRequest: Sendable {
    var caseName: String
    var action: CaseAction
    var actor: Actor
    /// When it was done; nil: now. An app that was offline says when.
    var at: Timestamp?
    /// The version the person saw; nil: whatever it is.
    var expectedVersion: Int?
    var traceparent: String?
}

/// Actions of people on cases: those that wait together share one transaction.
final class CaseWorkHandler: RequestHandler {
    typealias Outcome = Result<PublicCase, CaseRefusal>

    private let city: CityHolder

    init(city: CityHolder) { self.city = city }

    /// Each request is a list of actions, each answered for itself.
    func handle(
        _ requests: [[CaseRequest]], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws -> [Result<[Outcome], any Error>] {
        let city = city.current
        let rules = CaseWork(city: city)
        let all = requests.flatMap { $0 }
        var cases = try CaseStore.lock(
            Array(Set(all.compactMap { CaseReading.caseID($0.caseName) })), in: transaction)
        let wanted = all.compactMap { request -> (caseID: CaseID, node: String)? in
            guard case .acknowledge(let node) = request.action, let id = CaseReading.caseID(request.caseName) else {
                return nil
            }
            return (id, node)
        }
        var awaiting = try CommandStore.awaiting(wanted, in: transaction)
        var receipts: [(caseID: CaseID, node: String, at: Timestamp)] = []
        var traces: [CaseID: String] = [:]

        let answers = requests.map { actions in
            actions.map { request -> Outcome in
                guard let id = CaseReading.caseID(request.caseName), var work = cases[id],
                    request.caseName == work.now.number || request.caseName == id.description
                else { return .failure(CaseRefusal(.noSuchCase)) }
                if let done = alreadyDone(request, work) { return .success(done) }
                if let expected = request.expectedVersion, expected != work.now.version {
                    return .failure(CaseRefusal(.otherVersion, state: work.now.state))
                }
                do throws(CaseRefusal) {
                    let at = request.at ?? max(now, work.changedAt)
                    if case .acknowledge(let node) = request.action {
                        guard awaiting.contains(CommandStore.key(id, node)) else {
                            return .success(work.now)
                        }
                    }
                    try rules.apply(request.action, by: request.actor, at: at, now: now, to: &work)
                    if case .acknowledge(let node) = request.action {
                        awaiting.remove(CommandStore.key(id, node))
                        receipts.append((id, node, at))
                    }
                    cases[id] = work
                    traces[id] = request.traceparent
                    return .success(work.now)
                } catch {
                    return .failure(error)
                }
            }
        }
        let changed = cases.values.filter { !$0.steps.isEmpty }.sorted { $0.now.id < $1.now.id }
        try CaseStore.save(changed, city: city, now: now, in: transaction)
        try CommandStore.acknowledge(receipts, in: transaction)
        let commanded = changed.filter { one in one.steps.contains { $0.step.change == .commanded } }
        if !commanded.isEmpty {
            try CommandStore.issue(
                commanded.map(\.now.id), nodes: Routing.nodes(city: city), at: now, in: transaction)
        }
        for work in changed {
            for var message in CaseMessages.of(work, now: now) {
                message.traceparent = traces[work.now.id]
                output.publish(message)
            }
        }
        return answers.map { .success($0) }
    }

    /// The same action by the same post at the same moment, sent again because its answer was lost.
    private func alreadyDone(_ request: CaseRequest, _ work: WorkingCase) -> PublicCase? {
        guard let at = request.at, at == work.changedAt else { return nil }
        let one = work.now
        let isDone =
            switch request.action {
            case .accept: one.state == .accepted && one.assignee == request.actor.post && one.acceptedAt == at
            case .start: one.state == .handling && one.assignee == request.actor.post
            case .handle: one.state == .handled && one.handler == request.actor.post && one.handledAt == at
            case .check(let passed, _): passed && one.state == .closed && one.closedAt == at
            case .sendBack: one.state == .returned
            case .dispatch(let post, _): one.state == .dispatched && one.assignee == post
            case .decline: one.state == .declined
            case .void: one.state == .void
            case .locate(let grid): one.grid == grid && one.state != .reported
            case .acknowledge: false
            }
        return isDone ? one : nil
    }
}

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
        var isAcknowledged = try CommandStore.receipts(of: wanted, in: transaction)
        let moments = all.compactMap { request -> (caseID: CaseID, at: Timestamp)? in
            guard let id = CaseReading.caseID(request.caseName), let at = request.at else { return nil }
            return (id, at)
        }
        let past = try CaseStore.steps(at: moments, in: transaction)
        var receipts: [(caseID: CaseID, node: String, at: Timestamp)] = []
        var traces: [CaseID: String] = [:]

        let answers = requests.map { actions in
            actions.map { request -> Outcome in
                guard let id = CaseReading.caseID(request.caseName), var work = cases[id],
                    request.caseName == work.now.number || request.caseName == id.description
                else { return .failure(CaseRefusal(.noSuchCase)) }
                let steps = (past[id] ?? []) + work.steps.map { CaseStore.PastStep($0) }
                if isDone(request, among: steps) { return .success(work.now) }
                if let expected = request.expectedVersion, expected != work.now.version {
                    return .failure(CaseRefusal(.otherVersion, state: work.now.state))
                }
                do throws(CaseRefusal) {
                    let at = request.at ?? max(now, work.changedAt)
                    if case .acknowledge(let node) = request.action {
                        try rules.requirePowers(request.action, actor: request.actor, over: work.now)
                        switch isAcknowledged[CommandStore.key(id, node)] {
                        case nil: throw CaseRefusal(.notANode, state: work.now.state)
                        case true?: return .success(work.now)
                        case false?: break
                        }
                    }
                    try rules.apply(request.action, by: request.actor, at: at, now: now, to: &work)
                    if case .acknowledge(let node) = request.action {
                        isAcknowledged[CommandStore.key(id, node)] = true
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

    /// The same action by the same post at the same moment, sent again because its answer was lost: it is done, whatever
    /// has happened since.
    private func isDone(_ request: CaseRequest, among steps: [CaseStore.PastStep]) -> Bool {
        guard let at = request.at, let change = request.action.change else { return false }
        return steps.contains { step in
            guard step.at == at, step.change == change, step.by == request.actor.post.rawValue else { return false }
            switch request.action {
            case .dispatch(let post, _):
                return step.inputs == CaseWork.inputs(dispatcher: request.actor.post, lead: post)
            case .locate(let grid): return step.reason == CaseWork.reason(locating: grid)
            default: return true
            }
        }
    }
}

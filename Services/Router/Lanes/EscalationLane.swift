import City
import CityStore
import EventLog
import Messages
import Postgres

/// Raises a case one level when a clock of it is breached.
final class EscalationHandler: LaneHandler {
    private let city: CityHolder

    init(city: CityHolder) { self.city = city }

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        let breaches = output.decode(messages, as: ClockFired.self).filter { $0.body.mark == .breach }
        guard !breaches.isEmpty else { return }
        let city = city.current
        var cases = try CaseStore.lock(breaches.map(\.body.caseID), in: transaction)
        for (message, fired) in breaches {
            guard var work = cases[fired.caseID] else {
                output.deadLetter(message, reason: "there is no such case")
                continue
            }
            // The stage may have ended while the breach travelled; it stays on record, but nobody need be raised.
            guard Escalation.stillConcerns(work.now.state, kind: fired.kind) else { continue }
            do throws(CaseRefusal) {
                try Escalation.raise(&work, kind: fired.kind, at: max(now, work.changedAt), city: city)
                cases[fired.caseID] = work
            } catch {
                output.deadLetter(message, reason: "the case refused the step: \(error.slug.rawValue)")
            }
        }
        let changed = cases.values.filter { !$0.steps.isEmpty }.sorted { $0.now.id < $1.now.id }
        try CaseStore.save(changed, city: city, now: now, in: transaction)
        for work in changed { output.publish(CaseMessages.of(work, now: now)) }
    }
}

/// What a breach means for a case.
enum Escalation {
    /// Whether the stage that a clock measured is still the case's stage.
    static func stillConcerns(_ state: CaseState, kind: ClockFired.Kind) -> Bool {
        switch kind {
        case .dispatch: state == .filed || state == .returned
        case .accept: state == .dispatched
        case .handling: state == .accepted || state == .handling
        case .check: state == .handled
        }
    }

    /// Brings in the leader of the grid one level above those who were brought in before.
    static func raise(
        _ work: inout WorkingCase, kind: ClockFired.Kind, at: Timestamp, city: City
    ) throws(CaseRefusal) {
        let leader = work.now.grid.flatMap { grid -> PostCode? in
            let above = city.ancestors(of: grid).dropFirst(work.now.escalations)
            return above.lazy.compactMap { ancestor in
                city.posts(in: ancestor.code).first { $0.role.hasSuffix("leader") }?.code
            }.first
        }
        try work.take(
            .escalated, at: at, by: Filing.router,
            reason: "\(kind.rawValue) clock breached, to \(leader?.rawValue ?? city.root.code.rawValue)")
        if let leader, !work.now.assisting.contains(leader), leader != work.now.assignee {
            work.assign(work.now.assignee, assisting: work.now.assisting + [leader], path: work.now.path)
        }
    }
}

import City
import CityStore
import EventLog
import Messages
import Postgres

/// Files the reports of one partition: reports of one community meet here, so two of one problem cannot race.
final class FilingHandler: LaneHandler {
    private let city: CityHolder
    private var numbers: Range<Int64> = 0..<0

    init(city: CityHolder) { self.city = city }

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        let city = city.current
        let reports = output.decode(messages, as: ReportAccepted.self)
        guard !reports.isEmpty else { return }
        var known = try CaseStore.known(reports.map(\.body.id), in: transaction)
        let duplicates = DuplicateRules(city: city)
        let searches = reports.compactMap { duplicates.search(for: $0.body) }
        var open = try CaseStore.openNearby(searches, in: transaction)
        var closed: [WorkingCase] = []
        let filing = Filing(city: city)
        for (message, report) in reports where known.insert(report.id.value).inserted {
            do {
                if let match = duplicates.match(report, among: open),
                    let index = open.firstIndex(where: { $0.now.id == match })
                {
                    try filing.join(report, to: &open[index], now: now)
                } else {
                    let id = CaseID(try nextNumber(in: transaction))
                    let work = try filing.open(report, id: id, now: now)
                    if work.now.state.isFinal { closed.append(work) } else { open.append(work) }
                }
            } catch let fault as MessageFault {
                output.deadLetter(message, reason: fault.reason)
            } catch let refusal as CaseRefusal {
                output.deadLetter(message, reason: "the case refused the step: \(refusal.slug.rawValue)")
            }
        }
        let changed = (open + closed).filter { !$0.steps.isEmpty }
        try CaseStore.save(changed, city: city, now: now, in: transaction)
        let commanded = changed.filter { one in one.steps.contains { $0.step.change == .commanded } }
        if !commanded.isEmpty {
            try CommandStore.issue(
                commanded.map(\.now.id), nodes: Routing.nodes(city: city), at: now, in: transaction)
        }
        let traces = Dictionary(
            reports.map { ($0.body.id, $0.message.traceparent) }, uniquingKeysWith: { first, _ in first })
        for work in changed {
            for message in CaseMessages.of(work, traces: traces, now: now) { output.publish(message) }
        }
    }

    private func nextNumber(in transaction: PostgresTransaction) throws -> Int64 {
        if numbers.isEmpty { numbers = try CaseStore.takeNumbers(in: transaction) }
        return numbers.popFirst() ?? 0
    }
}

/// What is published of a changed case.
enum CaseMessages {
    /// One message with all steps of the transaction; one more for each further report that joined, so that each
    /// report is told of exactly once.
    static func of(_ work: WorkingCase, traces: [ReportID: String?] = [:], now: Timestamp) -> [OutgoingMessage] {
        var groups: [[WorkingCase.RecordedStep]] = []
        for recorded in work.steps {
            if groups.isEmpty
                || recorded.report != nil && groups[groups.count - 1].contains(where: { $0.report != nil })
            {
                groups.append([recorded])
            } else {
                groups[groups.count - 1].append(recorded)
            }
        }
        return groups.enumerated().map { index, group in
            var after = work.now
            if index < groups.count - 1, let last = group.last {
                after.version = last.step.version
                after.state = last.step.to
            }
            let report = group.compactMap(\.report).first
            return OutgoingMessage(
                CaseChanged(steps: group.map(\.step), after: after, report: report), on: .cases,
                key: work.now.id.description, subject: work.now.id.description, time: now,
                traceparent: report.flatMap { traces[$0] ?? nil })
        }
    }
}

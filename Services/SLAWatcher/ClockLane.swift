import City
import EventLog
import Messages
import Postgres

/// Keeps the clocks of one partition of `cases`: arms and stops them as cases change, fires them as time goes by.
///
/// The row in `sla.clock` is the truth; memory holds only when to wake. All moments come from steps and from the lane's
/// clock, which never runs ahead of the log, so a clock does not fire while a message waits that would have stopped it.
final class ClockLane: LaneHandler {
    /// How long after its due moment a mark fires, so that a message in flight can still stop the clock. In microseconds.
    static let grace: Int64 = 250_000
    /// Clocks of one tick.
    static let ticketSize = 1_000
    /// How long an ended case is remembered, so that a message overtaken by the last one is known as old.
    static let memorySeconds: Int64 = 86_400
    private static let sweepSeconds: Int64 = 3_600

    private let store: ClockStore
    private let city: () -> City
    /// When the next mark is due; nil when no clock runs. Meaningless before the first tick has looked.
    private var earliestDue: Timestamp?
    /// When ended cases are to be forgotten next; nil before the first tick.
    private var nextSweep: Timestamp?
    /// Version of the city by which all provisional clocks have been counted.
    private var countedBy: Int?
    /// How far the recount of provisional clocks has come, and by which version.
    private var recount: (version: Int, last: CaseID)?

    /// - Parameters:
    ///   - partition: The lane's partition of `cases`.
    ///   - city: The city in force. Asked once per batch and tick.
    init(partition: Int, city: @escaping () -> City) {
        store = ClockStore(partition: partition)
        self.city = city
    }

    // MARK: Messages

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        var changes: [(message: Message, change: CaseChanged)] = []
        for message in messages {
            do {
                changes.append((message, try message.decode(CaseChanged.self)))
            } catch let fault as MessageFault {
                output.deadLetter(message, reason: fault.reason)
            }
        }
        guard !changes.isEmpty else { return }
        let city = city()
        let before = try store.load(Set(changes.map(\.change.after.id)).sorted(), in: transaction)
        var cases = before
        var changed: Set<CaseID> = []
        var outcomes: [ClockOutcome] = []
        var passed: [PassedMark] = []
        var traces: [CaseID: String] = [:]
        for (message, change) in changes {
            let id = change.after.id
            guard let effects = ClockRules.apply(change, to: cases[id], city: city) else { continue }
            if let state = effects.state {
                cases[id] = state
                changed.insert(id)
            }
            outcomes += effects.outcomes
            if !effects.passed.isEmpty {
                passed += effects.passed
                traces[id] = message.traceparent
            }
        }
        let kept = changed.sorted().compactMap { cases[$0] }
        try store.save(kept, before: before, in: transaction)
        try HistoryStore.add(outcomes, in: transaction)
        try fire(passed, traces: traces, now: now, in: transaction, output: &output)
        wake(at: kept.flatMap(\.clocks).compactMap(\.nextDue).min())
    }

    /// Records marks, and tells of those that had not fired.
    private func fire(
        _ marks: [PassedMark], traces: [CaseID: String] = [:], now: Timestamp, in transaction: PostgresTransaction,
        output: inout LaneOutput
    ) throws {
        for mark in try HistoryStore.fire(marks, now: now, in: transaction) {
            let key = String(mark.caseID.value)
            output.publish(
                OutgoingMessage(
                    mark.message(now: now), on: .clocks, key: key, subject: key, time: now,
                    traceparent: traces[mark.caseID]))
        }
    }

    private func wake(at due: Timestamp?) {
        guard let due else { return }
        earliestDue = min(earliestDue ?? due, due)
    }

    // MARK: Time

    var nextTick: Timestamp? {
        guard let nextSweep, countedBy == city().profile.version else { return .earliest }
        guard let earliestDue else { return nextSweep }
        return min(nextSweep, Timestamp(microseconds: earliestDue.microseconds + Self.grace))
    }

    func tick(now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput) throws {
        let city = city()
        if countedBy != city.profile.version {
            try recountProvisional(city: city, now: now, in: transaction)
            // A presumed deadline must not fire while the true one is about to be known.
            guard countedBy == city.profile.version else { return }
        }
        try sweep(now: now, in: transaction)
        try fireDue(city: city, now: now, in: transaction, output: &output)
        earliestDue = try store.earliestDue(in: transaction)
    }

    private func fireDue(
        city: City, now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        let horizon = Timestamp(microseconds: now.microseconds - Self.grace)
        var clocks = try store.due(by: horizon, limit: Self.ticketSize, in: transaction)
        var passed: [PassedMark] = []
        for index in clocks.indices {
            let row = clocks[index].0
            for (mark, due) in clocks[index].1.passMarks(city: city, where: { $0 <= horizon }) {
                passed.append(PassedMark(mark, dueAt: due, of: clocks[index].1, caseID: row.caseID, grid: row.grid))
            }
        }
        if !PlantedFault.fireWithoutStateChange.isActive { try store.saveMarks(clocks, in: transaction) }
        try fire(passed, now: now, in: transaction, output: &output)
    }

    /// Counts a part of the provisional clocks anew after the city's version changed.
    private func recountProvisional(city: City, now: Timestamp, in transaction: PostgresTransaction) throws {
        let version = city.profile.version
        let last = recount.flatMap { $0.version == version ? $0.last : nil } ?? CaseID(.min)
        let clocks = try store.provisional(after: last, limit: Self.ticketSize, in: transaction)
        let changes = clocks.compactMap { row, clock in
            clock.recomputed(city: city).map { (row: row, before: clock, after: $0) }
        }
        try store.save(changes.map { ($0.row, $0.after) }, in: transaction)
        try HistoryStore.add(changes, cityVersion: version, now: now, in: transaction)
        if clocks.count < Self.ticketSize {
            countedBy = version
            recount = nil
        } else {
            recount = (version, clocks[clocks.count - 1].0.caseID)
        }
    }

    private func sweep(now: Timestamp, in transaction: PostgresTransaction) throws {
        if let nextSweep, nextSweep > now { return }
        let forgotten = try store.forget(
            endedBefore: now.advanced(bySeconds: -Self.memorySeconds), limit: 10 * Self.ticketSize, in: transaction)
        // As many as could be: there may be more, but clocks come first.
        nextSweep = forgotten < 10 * Self.ticketSize ? now.advanced(bySeconds: Self.sweepSeconds) : now
    }
}

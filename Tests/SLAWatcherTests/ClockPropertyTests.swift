import City
import Messages
import Postgres
import TestSupport
import Testing

@testable import SLAWatcher

/// Whatever the batches, ticks, repeats, failures and changes of owner: the marks that fire are those a sequential
/// reading of each case's life demands.
@Suite("Clocks against a sequential model")
struct ClockPropertyTests {
    @Test(arguments: [nil, 1, 2, 3] as [UInt64?])
    func marksAreThoseOfTheModel(seed: UInt64?) throws {
        let seed = seed ?? UInt64.random(in: 0...UInt64.max)
        print("clocks against a sequential model: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let city = try SampleCity.make()
        let harness = try LaneHarness(city: city)
        let lives = (1...60).map { CaseLife(id: Int64($0), random: &random) }
        let log = lives.flatMap(\.changes).enumerated().sorted { left, right in
            let (first, second) = (left.element.steps[0].at, right.element.steps[0].at)
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)

        var position = 0
        while position < log.count {
            let end = min(position + Int.random(in: 1...40, using: &random), log.count)
            var batch = Array(log[position..<end])
            // Repeats of old messages, as a replay of dead letters may bring them.
            if let old = log[..<end].randomElement(using: &random) { batch.append(old) }
            let now = log[end - 1].steps[0].at
            if Int.random(in: 0..<4, using: &random) == 0 { try harness.handle(batch, now: now, failing: true) }
            try harness.handle(batch, now: now)
            position = end
            if Bool.random(using: &random) {
                try harness.tick(now: now, failing: Int.random(in: 0..<4, using: &random) == 0)
                try harness.tick(now: now)
            }
            if Int.random(in: 0..<8, using: &random) == 0 { harness.renew() }
        }
        let horizon = log[log.count - 1].steps[0].at.plus(minutes: 100_000)
        try harness.tick(now: horizon)

        let expected = lives.reduce(into: ModelResult()) { result, life in result.add(SequentialModel.run(life)) }
        let told = harness.published.map { "\($0.caseID) \($0.kind.rawValue) \($0.version) \($0.mark.rawValue)" }
        #expect(told.sorted() == expected.fired.sorted(), "seed \(seed)")
        #expect(try harness.count("sla.fired") == told.count)
        let outcomes = try harness.strings(
            "SELECT case_id || ' ' || kind || ' ' || version || ' ' || met FROM sla.outcome WHERE completed")
        #expect(outcomes.sorted() == expected.completed.sorted(), "seed \(seed)")
        let open = try harness.strings("SELECT case_id || ' ' || kind || ' ' || version FROM sla.clock")
        #expect(open.sorted() == expected.open.sorted(), "seed \(seed)")
        #expect(harness.published.allSatisfy { $0.firedAt >= $0.startedAt })
        #expect(try harness.count("sla.watched_case WHERE ended_at IS NULL") == lives.filter { !$0.isOver }.count)
    }
}

/// A random legal life of one case, a message a step.
struct CaseLife {
    let id: CaseID
    private(set) var changes: [CaseChanged] = []
    var isOver: Bool { changes.last?.after.state.isFinal ?? false }

    private static let next: [CaseState: [(CaseChange, CaseState)]] = [
        .filed: [(.dispatched, .dispatched), (.dispatched, .dispatched), (.merged, .filed), (.voided, .void)],
        .dispatched: [
            (.accepted, .accepted), (.accepted, .accepted), (.returned, .returned), (.dispatched, .dispatched),
            (.escalated, .dispatched),
        ],
        .accepted: [(.started, .handling), (.handled, .handled), (.returned, .returned)],
        .handling: [(.handled, .handled), (.handled, .handled), (.returned, .returned), (.merged, .handling)],
        .returned: [(.dispatched, .dispatched)],
        .handled: [(.closed, .closed), (.closed, .closed), (.reopened, .handling), (.reopened, .dispatched)],
        .closed: [(.reopened, .dispatched)],
    ]

    init(id: Int64, random: inout SeededGenerator) {
        self.id = CaseID(id)
        var moment = local("2026-06-03 09:00").plus(minutes: Int.random(in: 0...300, using: &random))
        var story = Story(id, condition: "urgent-2", at: moment)
        changes.append(story.step(.filed, .filed, at: moment))
        for _ in 0..<Int.random(in: 1...14, using: &random) {
            guard let (change, state) = Self.next[story.now.state]?.randomElement(using: &random) else { break }
            // Sometimes at the very moment a mark is due.
            let minutes = [1, 5, 7, 12, 15, 16, 20, 24, 30, 36, 60, 61, 120, 130, 200]
            moment = moment.plus(minutes: minutes.randomElement(using: &random) ?? 1)
            let post = change == .dispatched ? ["p1", "p2"].randomElement(using: &random) : nil
            changes.append(story.step(change, state, at: moment, assignee: post))
        }
    }
}

struct ModelResult {
    var fired: [String] = []
    var completed: [String] = []
    var open: [String] = []

    mutating func add(_ other: ModelResult) {
        fired += other.fired
        completed += other.completed
        open += other.open
    }
}

/// Reads one life minute by minute. Knows nothing of calendars: all limits of these lives are continuous.
enum SequentialModel {
    private struct Running {
        var kind: String
        var version: Int
        var limit: Int
        var assignee: PostCode?
        var gone = 0
        var paused = false
    }

    static func run(_ life: CaseLife) -> ModelResult {
        var result = ModelResult()
        var clocks: [Running] = []
        let changes = life.changes
        for (index, change) in changes.enumerated() {
            let step = change.steps[0]
            apply(step, assignee: change.after.assignee, to: &clocks, of: life.id, into: &result)
            let until = index + 1 < changes.count ? changes[index + 1].steps[0].at : step.at.plus(minutes: 50_000)
            let minutes = Int(until.seconds(since: step.at) / 60)
            for place in clocks.indices where !clocks[place].paused {
                let clock = clocks[place]
                // A mark at the very end of the span does not fire: whoever is done at the deadline is in time.
                for (mark, percent) in [("yellow", 50), ("red", 80), ("breach", 100)] {
                    let due = clock.limit * percent / 100
                    if fires(due, from: clock.gone, for: minutes) {
                        result.fired.append("\(life.id) \(clock.kind) \(clock.version) \(mark)")
                    }
                }
                clocks[place].gone += minutes
            }
        }
        result.open = clocks.map { "\(life.id) \($0.kind) \($0.version)" }
        return result
    }

    /// In `gone ..< gone + minutes`: a mark due just when a clock paused fires when it goes on.
    private static func fires(_ due: Int, from gone: Int, for minutes: Int) -> Bool {
        due >= gone && due < gone + minutes
    }

    private static func apply(
        _ step: CaseChanged.Step, assignee: PostCode?, to clocks: inout [Running], of id: CaseID,
        into result: inout ModelResult
    ) {
        func end(_ kind: String, done: Bool) {
            guard let place = clocks.firstIndex(where: { $0.kind == kind }) else { return }
            let clock = clocks.remove(at: place)
            if done { result.completed.append("\(id) \(kind) \(clock.version) \(clock.gone <= clock.limit)") }
        }
        func begin(_ kind: String, _ limit: Int) {
            clocks.append(Running(kind: kind, version: step.version, limit: limit, assignee: assignee))
        }
        let isDone = step.to != .void
        if step.to != .filed { end("dispatch", done: isDone) }
        if step.to != .dispatched { end("accept", done: isDone) }
        if step.to == .dispatched, step.change == .dispatched { end("accept", done: false) }
        if step.to != .handled { end("check", done: isDone) }
        if step.to == .handled || step.to == .closed { end("handling", done: true) }
        if step.to == .void { end("handling", done: false) }
        let place = clocks.firstIndex { $0.kind == "handling" }
        switch step.to {
        case .filed where step.from == nil: begin("dispatch", 15)
        case .dispatched:
            if let place { clocks[place].paused = true }
            if step.from != .dispatched || step.change == .dispatched { begin("accept", 20) }
        case .returned:
            if let place { clocks[place].paused = true }
        case .accepted, .handling:
            if let place, clocks[place].paused, clocks[place].assignee != assignee {
                clocks.remove(at: place)
                begin("handling", 120)
            } else if let place {
                clocks[place].paused = false
            } else {
                begin("handling", 120)
            }
        case .handled where step.from != .handled: begin("check", 30)
        default: break
        }
    }
}

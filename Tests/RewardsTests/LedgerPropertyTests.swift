import City
import Messages
import Postgres
import TestSupport
import Testing

@testable import Rewards

/// Whatever the batches, repeats, reviews, reopenings, expiries, failures and changes of owner: the ledger is what a
/// plain bookkeeper has who does one thing after another.
@Suite("The ledger against a sequential model")
struct LedgerPropertyTests {
    @Test(arguments: [nil, 1, 2, 3] as [UInt64?])
    func ledgerIsThatOfTheModel(seed: UInt64?) throws {
        let seed = seed ?? UInt64.random(in: 0...UInt64.max)
        print("the ledger against a sequential model: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let harness = try LedgerHarness(city: SampleCity.make())
        var model = Bookkeeper()
        var stories: [CaseStory] = []
        var now = local("2026-06-03 08:00")

        for _ in 0..<120 {
            now = now.advanced(bySeconds: Int64.random(in: 600...40_000, using: &random))
            for partition in 0...1 { try harness.tick(partition: partition, now: now) }
            model.expire(now)
            var batches: [[CaseChanged]] = [[], []]
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let (change, event) = Self.step(&stories, at: now, using: &random)
                batches[Int(change.after.id.value) % 2].append(change)
                if let event { model.record(event, on: change.after.id.value % 2) }
            }
            for partition in 0...1 where !batches[partition].isEmpty {
                model.apply(partition: Int64(partition), now: now)
                if Int.random(in: 0..<5, using: &random) == 0 {
                    try harness.handle(batches[partition], partition: partition, now: now, failing: true)
                }
                try harness.handle(batches[partition], partition: partition, now: now)
            }
            try Self.review(harness, &model, now: now, using: &random)
            if Int.random(in: 0..<10, using: &random) == 0 { harness.renew() }
            try #require(try harness.claims() == model.claims, "seed \(seed)")
        }
        #expect(try harness.balances() == model.balances, "seed \(seed)")
        #expect(try harness.number("SELECT count(*) FROM rewards.capped") == model.capped, "seed \(seed)")
        #expect(try harness.faults().isEmpty, "seed \(seed)")
        let ends = harness.published.filter { $0.state != .pending }
        #expect(Set(harness.transfers).count == harness.transfers.count)
        #expect(Set(ends.map(\.transfer)).count == ends.count)
        #expect(
            try harness.number("SELECT count(*) FROM rewards.resolution") == ends.count
                && harness.number("SELECT count(*) FROM rewards.transfer") == harness.transfers.count)
        // The run is worth something only if everything happened in it.
        #expect(Set(harness.published.map(\.state)).count == 4 && model.capped > 0, "seed \(seed)")
    }

    /// Something that happens to a new case or an old one; nil for a message that comes again.
    private static func step(
        _ stories: inout [CaseStory], at now: Timestamp, using random: inout SeededGenerator
    ) -> (CaseChanged, Bookkeeper.Event?) {
        func close(_ story: inout CaseStory) -> (CaseChanged, Bookkeeper.Event?) {
            let id = story.now.id.value
            guard let finder = story.now.finder?.rawValue else { preconditionFailure("these cases have finders") }
            if Bool.random(using: &random), !story.now.onTheSpot, story.told.isEmpty {
                return (story.closeOnTheSpot(at: now), .closed(id, now, [(finder, "on-the-spot-handling", 3, 6)]))
            }
            let handler = ["worker-b", "brigade", finder].randomElement(using: &random) ?? finder
            let checker = ["router", "checker", handler].randomElement(using: &random) ?? handler
            let onTheSpot = story.now.onTheSpot && handler == finder
            var work: [(String, String, Int, Int)] = [(finder, "valid-report", 1, 3)]
            if story.now.path == .reportUp, handler != "worker-b" { work.append(("worker-b", "joint-handling", 4, 12)) }
            if checker == "checker" { work.append(("checker", "closing-check", 1, 10)) }
            if onTheSpot { work = [(finder, "on-the-spot-handling", 3, 6)] }
            return (story.close(handler: handler, checker: checker, at: now), .closed(id, now, work))
        }
        guard let place = stories.indices.randomElement(using: &random), Int.random(in: 0..<3, using: &random) > 0
        else {
            var story = CaseStory(
                Int64(stories.count + 1), finder: ["worker-a", "worker-d"].randomElement(using: &random),
                path: Bool.random(using: &random) ? .reportUp : .finder, assisting: ["worker-b", "brigade"])
            let step = close(&story)
            stories.append(story)
            return step
        }
        let id = stories[place].now.id.value
        switch (stories[place].now.state, Int.random(in: 0..<4, using: &random)) {
        case (.closed, 0): return (stories[place].reopen(at: now), .withdrawn(id))
        case (.closed, 1): return (stories[place].void(at: now), .withdrawn(id))
        case (.handling, _): return close(&stories[place])
        default: return (stories[place].told.randomElement(using: &random) ?? stories[place].told[0], nil)
        }
    }

    private static func review(
        _ harness: LedgerHarness, _ model: inout Bookkeeper, now: Timestamp, using random: inout SeededGenerator
    ) throws {
        let some = harness.transfers.suffix(30).shuffled(using: &random).prefix(4)
        let decision = ReviewDecision.allCases.randomElement(using: &random) ?? .post
        let reviewer = [Reviewer.chief, .chief, .second].randomElement(using: &random) ?? .chief
        if Bool.random(using: &random) {
            try harness.review(Array(some), decision, by: reviewer, now: now, failing: true)
        }
        try harness.review(Array(some), decision, by: reviewer, now: now)
        // The reviewer of the other community decides nothing but that community's, and all these cases are in A.
        guard reviewer == .chief else { return }
        model.number(harness.published)
        for transfer in some { model.review(transfer, decision.state.rawValue) }
    }
}

/// Keeps one claim after another in a list, in the plainest way there is.
struct Bookkeeper {
    enum Event {
        /// Case, moment, and who earned which kind of points under which cap.
        case closed(Int64, Timestamp, [(owner: String, kind: String, points: Int, cap: Int)])
        case withdrawn(Int64)
    }

    private struct Line {
        var name: String
        var caseID: Int64
        var owner: String
        var kind: String
        var day: Int64
        var points: Int
        var openedAt: Timestamp
        var state = "pending"
        /// Taken back with the case; the work may be claimed again.
        var isWithdrawn = false
        var number: Int64?
    }

    private var lines: [Line] = []
    private var waiting: [Int64: [Event]] = [:]
    private(set) var capped = 0

    mutating func record(_ event: Event, on partition: Int64) { waiting[partition, default: []].append(event) }

    mutating func apply(partition: Int64, now: Timestamp) {
        for event in waiting.removeValue(forKey: partition) ?? [] {
            switch event {
            case .withdrawn(let id):
                for place in lines.indices where lines[place].caseID == id && lines[place].state == "pending" {
                    lines[place].state = "voided"
                    lines[place].isWithdrawn = true
                }
            case .closed(let id, let moment, let work):
                for one in work { open(id, moment, one, now: now) }
            }
        }
    }

    private mutating func open(
        _ id: Int64, _ moment: Timestamp, _ work: (owner: String, kind: String, points: Int, cap: Int), now: Timestamp
    ) {
        let name = "\(id) \(work.owner) \(work.kind)"
        if let former = lines.last(where: { $0.name == name }), !former.isWithdrawn { return }
        let day = (moment.seconds + 28_800) / 86_400
        let earned = lines.filter {
            $0.owner == work.owner && $0.kind == work.kind && $0.day == day && ["pending", "posted"].contains($0.state)
        }.reduce(0) { $0 + $1.points }
        guard earned + work.points <= work.cap else {
            capped += 1
            return
        }
        lines.append(
            Line(
                name: name, caseID: id, owner: work.owner, kind: work.kind, day: day, points: work.points,
                openedAt: now))
    }

    mutating func expire(_ now: Timestamp) {
        for place in lines.indices where lines[place].state == "pending" && lines[place].openedAt.plus(days: 7) <= now {
            lines[place].state = "expired"
        }
    }

    mutating func review(_ transfer: Int64, _ state: String) {
        for place in lines.indices where lines[place].number == transfer && lines[place].state == "pending" {
            lines[place].state = state
        }
    }

    /// Learns the numbers of transfers from what was published.
    mutating func number(_ published: [PointsChanged]) {
        var numbers: [String: [Int64]] = [:]
        for told in published where told.state == .pending {
            numbers["\(told.caseID) \(told.owner) \(told.kind)", default: []].append(told.transfer)
        }
        for (name, known) in numbers {
            for (place, number) in zip(lines.indices.filter { lines[$0].name == name }, known) {
                lines[place].number = number
            }
        }
    }

    /// As `case owner kind state`, the last claim for each piece of work.
    var claims: [String] {
        var last: [String: String] = [:]
        for line in lines { last[line.name] = line.state }
        return last.map { "\($0.key) \($0.value)" }.sorted()
    }

    /// As `owner posted pending`.
    var balances: [String] {
        var sums: [String: (posted: Int, pending: Int)] = [:]
        for line in lines {
            if line.state == "posted" { sums[line.owner, default: (0, 0)].posted += line.points }
            if line.state == "pending" { sums[line.owner, default: (0, 0)].pending += line.points }
        }
        return sums.map { "\($0.key) \($0.value.posted) \($0.value.pending)" }.sorted()
    }
}

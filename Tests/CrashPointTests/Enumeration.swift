@testable import EventLog

/// One stage, cut at every point there is.
struct Enumeration {
    let stage: any Stage
    /// The world before the stage, with nobody connected to its database.
    let before: World

    /// What a run came to.
    private struct Outcome {
        var state: LogicalState
        var answers: [String]
        var faults: [String]
        var after: World
        var points: CrashPoints
    }

    /// What came of all of them.
    struct Result {
        /// The world after a run without a crash.
        var after: World
        var points: Int
        /// One line a point that came to something else, or broke what must hold.
        var findings: [String]
    }

    private static let workers = 2

    func run() async throws -> Result {
        let prepared = try prepare()
        let clean = try await play(prepared, strikingAt: nil)
        let turns = Turns(clean.points.count)
        let findings = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<Self.workers {
                group.addTask {
                    var found = clean.faults.map { "without a crash: \($0)" }
                    while let point = turns.take() {
                        found += try await compare(point, from: prepared, with: clean)
                    }
                    return found
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        try prepared.drop()
        return Result(after: clean.after, points: clean.points.count, findings: findings)
    }

    /// The world as the stage finds it.
    private func prepare() throws -> World {
        let suite = try LiveSuite(before.copy(), points: CrashPoints())
        try stage.prepare(suite)
        return suite.now
    }

    private func compare(_ point: Int, from world: World, with clean: Outcome) async throws -> [String] {
        let name = "\(stage.name) over \(world.kind.rawValue), point \(point) of \(clean.points.count)"
        let outcome: Outcome
        do {
            outcome = try await play(world, strikingAt: point)
        } catch {
            return ["\(name): \(error)"]
        }
        try outcome.after.drop()
        guard let strike = outcome.points.strike else { return ["\(name): nothing was cut"] }
        var findings = outcome.state.differences(from: clean.state) + outcome.faults
        if outcome.answers != clean.answers { findings.append("answers \(outcome.answers), not \(clean.answers)") }
        return findings.isEmpty ? [] : ["\(name), \(strike.prefix(120)):\n  " + findings.joined(separator: "\n  ")]
    }

    private func play(_ world: World, strikingAt point: Int?) async throws -> Outcome {
        let suite = try LiveSuite(world.copy(), points: CrashPoints(target: point))
        let answers = try await stage.play(suite)
        return Outcome(
            state: try LogicalState(suite), answers: answers, faults: try Invariants.faults(suite.control),
            after: suite.now, points: suite.points)
    }
}

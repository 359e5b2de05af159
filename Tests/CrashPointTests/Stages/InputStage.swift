import City
import Messages
import Postgres

@testable import EventLog

/// A lane that handles a topic, driven as the runtime drives it.
struct InputStage: Stage {
    var name: String
    var service: String
    var topic: Topic
    /// The suite's time: when the lane begins, and when it looks again, if it does.
    var moments: [Timestamp]
    var beforehand: @Sendable (LiveSuite) throws -> Void = { _ in }
    var makeHandler: @Sendable (LaneIdentity) throws -> any LaneHandler

    func prepare(_ suite: LiveSuite) throws { try beforehand(suite) }

    func play(_ suite: LiveSuite) async throws -> [String] {
        for partition in 0..<(try suite.partitions(of: topic)) {
            try work(on: partition, suite)
        }
        return []
    }

    private func work(on partition: Int, _ suite: LiveSuite) throws {
        var moments = moments[...]
        while true {
            let session = try PostgresSession(suite.laneSettings(), logger: World.logger)
            defer { session.close() }
            do {
                try claimAndWork(on: partition, &moments, suite, session)
                return
            } catch {
                // The process died; whatever it had in memory is gone.
                guard suite.points.takeStrike() else { throw error }
            }
        }
    }

    private func claimAndWork(
        on partition: Int, _ moments: inout ArraySlice<Timestamp>, _ suite: LiveSuite, _ session: PostgresSession
    ) throws {
        if let first = moments.first { try suite.setClock(first) }
        let work = try LaneWork.claim(
            service: service, topic: topic, partition: partition, member: 1,
            source: suite.source(topic, partition: partition), sink: suite.sink, limits: Self.limits,
            logger: World.logger, session: session, makeHandler: makeHandler)
        while let moment = moments.first {
            try suite.setClock(moment)
            try rest(work, suite, session)
            moments.removeFirst()
        }
        try work.release(session: session)
    }

    /// Steps until a step finds nothing to do.
    private func rest(_ work: LaneWork, _ suite: LiveSuite, _ session: PostgresSession) throws {
        for _ in 0..<1_000 {
            let commits = suite.points.commits
            try work.step(session: session)
            if let impediment = work.impediment { throw StageFailure(description: "\(name): \(impediment)") }
            if work.caughtUp, suite.points.commits == commits { return }
        }
        throw StageFailure(description: "\(name) does not come to rest")
    }

    /// No waiting: the next step is the next thing that happens.
    private static let limits: LaneLimits = {
        var limits = LaneLimits()
        limits.idleMilliseconds = 0
        limits.gatherMilliseconds = 0...0
        limits.replayMilliseconds = 0
        return limits
    }()
}

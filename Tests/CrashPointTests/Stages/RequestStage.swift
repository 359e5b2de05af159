import Foundation
import City
import Messages
import Postgres

@testable import EventLog

/// A lane for requests, with a client that asks again until it is answered.
struct RequestStage<Handler: RequestHandler>: Stage {
    var name: String
    var service: String
    var moment: Timestamp
    /// Requests in their order, each sent when the one before was answered.
    var requests: @Sendable (PostgresSession) throws -> [Handler.Request]
    /// What of an answer must be the same, however often it was asked.
    var answer: @Sendable (Handler.Response) -> String
    var makeHandler: @Sendable (LaneIdentity) throws -> Handler

    func prepare(_ suite: LiveSuite) throws { try suite.setClock(moment) }

    func play(_ suite: LiveSuite) async throws -> [String] {
        var waiting = try requests(suite.control)[...]
        var answers: [String] = []
        while true {
            let process = try Process(service, suite)
            let lane = RequestLane(limits: RequestLimits(), makeHandler: makeHandler)
            // The lane would go on by itself, as it does when only its connection is lost; a dead process does not.
            suite.points.onStrike { lane.requestStop() }
            lane.start(try process.environment(suite))
            do {
                try await untilOpen(lane, suite)
                while let request = waiting.first {
                    answers.append(answer(try await lane.submit(request)))
                    waiting.removeFirst()
                }
            } catch {
                guard suite.points.hasUnseenStrike else { throw error }
            }
            lane.requestStop()
            lane.waitUntilStopped()
            try process.end(suite)
            if !suite.points.takeStrike() { return answers }
        }
    }

    private func untilOpen(_ lane: RequestLane<Handler>, _ suite: LiveSuite) async throws {
        while lane.status.value.state != .running {
            if suite.points.hasUnseenStrike { throw LaneError(.unavailable, "the process died") }
            try await Task.sleep(for: .microseconds(500))
        }
    }
}

/// A member of a service, as long as its session lasts.
private struct Process {
    let service: String
    let session: PostgresSession
    let member: Int64

    init(_ service: String, _ suite: LiveSuite) throws {
        self.service = service
        session = try suite.world.session()
        member = try MembershipStore.join(service: service, session: session)
    }

    func environment(_ suite: LiveSuite) throws -> RequestLaneEnvironment {
        RequestLaneEnvironment(
            service: service, member: member, settings: try suite.laneSettings(), sink: suite.sink,
            logger: World.logger)
    }

    /// Ends the membership as the death of a process does, and waits until the others see it.
    func end(_ suite: LiveSuite) throws {
        // The function's own wait looks ten times a second only.
        try suite.control.execute("SELECT pg_terminate_backend(\(session.backendPID))")
        for _ in 0..<20_000 {
            let left = try suite.control.query("SELECT pid FROM pg_stat_activity WHERE pid = \(session.backendPID)")
            if left.isEmpty {
                session.close()
                return
            }
            usleep(500)
        }
        throw LaneError(.unavailable, "a session does not end")
    }
}

import City
import CityStore
import EventLog
import Messages
import Postgres

@testable import Rewards

/// What rewards does in this town.
enum RewardsStages {
    static let schema = (name: RewardsSchema.name, migrations: RewardsSchema.migrations)

    static func claims(_ city: CityHolder) -> any Stage {
        lane("claims", city, at: local("2025-11-03 10:02"))
    }

    /// What nobody reviewed within seven days expires.
    static func expiry(_ city: CityHolder) -> any Stage {
        lane("expiry", city, at: local("2025-11-11 10:00"))
    }

    private static func lane(_ name: String, _ city: CityHolder, at: Timestamp) -> any Stage {
        InputStage(
            name: "rewards, \(name)", service: "rewards", topic: .cases, moments: [at],
            makeHandler: { lane in RewardsLane(partition: lane.partition) { city.current } })
    }

    /// The first claim is paid, the second refused; the others wait.
    static func review(_ city: CityHolder) -> any Stage {
        RequestStage<ReviewLane>(
            name: "rewards, reviews", service: "rewards", moment: local("2025-11-03 10:05"),
            requests: { session in
                let transfers = try session.query("SELECT transfer FROM rewards.claim ORDER BY transfer")
                    .decode(Int64.self)
                let reviewer = Reviewer(
                    post: PostCode("CR-C01"), roles: ["reviewer"], jurisdiction: [GridCode("R")])
                return [
                    ReviewRequest(reviewer: reviewer, transfers: Array(transfers.prefix(1)), decision: .post),
                    ReviewRequest(
                        reviewer: reviewer, transfers: Array(transfers.dropFirst().prefix(1)), decision: .void),
                ]
            },
            answer: { outcomes in
                outcomes.map { outcome in
                    if case .done(let claim) = outcome { claim.state.rawValue } else { "not done" }
                }.joined(separator: " ")
            },
            makeHandler: { _ in ReviewLane { city.current } })
    }
}

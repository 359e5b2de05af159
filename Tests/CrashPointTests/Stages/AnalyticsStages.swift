import City
import EventLog
import Messages

@testable import Analytics

/// What analytics does in this town.
enum AnalyticsStages {
    static let schema = (name: AnalyticsSchema.name, migrations: AnalyticsSchema.migrations)

    static let all: [any Stage] = [
        lane("reports", hour: 11, .reports) { ReportLane() },
        lane("rejections", hour: 12, .rejected) { RejectionLane() },
        lane("cases", hour: 13, .cases) { CaseLane() }, lane("clocks", hour: 14, .clocks) { ClockLane() },
        lane("points", hour: 15, .points) { PointsLane() },
    ]

    private static func lane(
        _ name: String, hour: Int, _ topic: Topic, _ make: @escaping @Sendable () -> any LaneHandler
    ) -> any Stage {
        InputStage(
            name: "analytics, \(name)", service: "analytics", topic: topic,
            moments: [local("2025-11-11 \(hour):00"), local("2025-11-11 \(hour):02")], makeHandler: { _ in make() })
    }
}

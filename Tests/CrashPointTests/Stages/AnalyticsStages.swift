import City
import EventLog
import Messages

@testable import Analytics

/// What analytics does in this town.
enum AnalyticsStages {
    static let schema = (name: AnalyticsSchema.name, migrations: AnalyticsSchema.migrations)

    static let all: [any Stage] = [
        lane("reports", .reports) { ReportLane() }, lane("rejections", .rejected) { RejectionLane() },
        lane("cases", .cases) { CaseLane() }, lane("clocks", .clocks) { ClockLane() },
        lane("points", .points) { PointsLane() },
    ]

    private static func lane(
        _ name: String, _ topic: Topic, _ make: @escaping @Sendable () -> any LaneHandler
    ) -> any Stage {
        InputStage(
            name: "analytics, \(name)", service: "analytics", topic: topic,
            moments: [local("2025-11-11 11:00"), local("2025-11-11 11:02")], makeHandler: { _ in make() })
    }
}

import City
import CityStore
import EventLog
import Messages

@testable import SLAWatcher

/// What sla-watcher does in this town.
enum ClockStages {
    static let schema = (name: SLASchema.name, migrations: SLASchema.migrations)

    /// Clocks are armed, and after 50 minutes those that nobody stopped have fired.
    static func watch(_ name: String, _ city: CityHolder, from: Timestamp, until: Timestamp) -> any Stage {
        InputStage(
            name: "sla-watcher, \(name)", service: "sla-watcher", topic: .cases, moments: [from, until],
            makeHandler: { lane in ClockLane(partition: lane.partition) { city.current } })
    }
}

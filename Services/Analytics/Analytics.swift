import City
import CityStore
import EventLog
import Messages
import Postgres
import ServiceKit

/// Shows the city how it is doing: facts for analysts, indicators with their definitions, the command-centre page.
///
/// Consumes `reports`, `rejected`, `cases`, `clocks` and `points`. Produces nothing. Owns schema `analytics`: facts,
/// dimensions, indicators, the feed. HTTP: the page and the figures it shows.
@main
enum Analytics {
    static let contract = ServiceContract(
        name: "analytics", version: "0.1.0", consumes: ["reports", "rejected", "cases", "clocks", "points"],
        schema: AnalyticsSchema.name, defaultPort: 7104,
        settings: SuiteSettings.declarations(.following))

    static func main() async {
        await GridService.run(contract, migrations: AnalyticsSchema.migrations) { context, service in
            let city = service.city
            service.eventLog.consume(.reports) { _ in ReportLane() }
            service.eventLog.consume(.rejected) { _ in RejectionLane() }
            service.eventLog.consume(.cases) { _ in CaseLane() }
            service.eventLog.consume(.clocks) { _ in ClockLane() }
            service.eventLog.consume(.points) { _ in PointsLane() }
            let api = API(pool: service.pool, logger: service.logger) { city.current }
            context.run(api.live)
            context.routes(api.register)
        }
    }
}

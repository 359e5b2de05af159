import City
import CityStore
import EventLog
import Messages
import Postgres
import ServiceKit

/// Watches the clocks of cases: warns, declares breaches, never early and once each.
///
/// Consumes `cases` (which arm and stop clocks). Produces `clocks`. Owns schema `sla`: open clocks, fired marks,
/// outcomes. HTTP: the clocks of a case.
@main
enum SLAWatcher {
    static let contract = ServiceContract(
        name: "sla-watcher", version: "0.1.0", consumes: ["cases"], produces: ["clocks"], schema: SLASchema.name,
        defaultPort: 7102, settings: SuiteSettings.declarations(.following))

    static func main() async {
        await GridService.run(contract, migrations: SLASchema.migrations) { context, service in
            let city = service.city
            service.eventLog.consume(.cases) { lane in ClockLane(partition: lane.partition) { city.current } }
            context.routes(API(city: city, pool: service.pool).register)
        }
    }
}

import City
import CityStore
import EventLog
import Messages
import Postgres
import ServiceKit

/// Pays points for useful work: claims pending at the right moment, reviewed by the parent grid, in a double-entry ledger.
///
/// Consumes `cases` (which open and withdraw claims). Produces `points`. Owns schema `rewards`: accounts, transfers,
/// resolutions, claims. HTTP: claims, reviews, accounts, the journal.
@main
enum Rewards {
    static let contract = ServiceContract(
        name: "rewards", version: "0.1.0", consumes: ["cases"], produces: ["points"], schema: RewardsSchema.name,
        defaultPort: 7103, settings: SuiteSettings.declarations(.following))

    static func main() async {
        await GridService.run(contract, migrations: RewardsSchema.migrations) { context, service in
            let city = service.city
            service.eventLog.consume(.cases) { lane in RewardsLane(partition: lane.partition) { city.current } }
            let reviews = service.eventLog.requests { _ in ReviewLane { city.current } }
            context.routes(API(city: city, pool: service.pool, reviews: reviews).register)
        }
    }
}

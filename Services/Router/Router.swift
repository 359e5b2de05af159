import City
import CityStore
import EventLog
import Messages
import Postgres
import ServiceKit

/// Turns reports into cases, finds who is answerable, and takes cases through their life.
///
/// Consumes `reports` (to file or merge them) and `clocks` (to raise breached cases one level). Produces `cases`. Owns
/// schema `routing`: cases, history, commands. HTTP: case work, worklists.
@main
enum Router {
    static let contract = ServiceContract(
        name: "router", version: "0.1.0", consumes: ["reports", "clocks"], produces: ["cases"], schema: "routing",
        defaultPort: 7101, settings: SuiteSettings.declarations(.prompt))

    static let migrations = [
        PostgresMigration(number: 1, name: "init", sql: String(decoding: PackageResources._001_init_sql, as: UTF8.self))
    ]

    static func main() async {
        await GridService.run(contract, migrations: migrations) { context, service in
            let city = service.city
            service.eventLog.consume(.reports) { _ in FilingHandler(city: city) }
            service.eventLog.consume(.clocks) { _ in EscalationHandler(city: city) }
            let work = service.eventLog.requests { _ in CaseWorkHandler(city: city) }
            context.routes(API(city: city, pool: service.pool, work: work).register)
        }
    }
}

import City
import CityStore
import Hummingbird
import Messages
import Postgres
import ServiceKit

/// The clocks of a case. For people whose jurisdiction the case's grid lies in.
struct API: Sendable {
    let city: CityHolder
    let pool: PostgresPool

    func register(_ routes: Routes) {
        // By id, or by number while the case is open and for a day after.
        routes.people.get("/v1/cases/{case}/clocks") { _, context in try await clocks(context) }
    }

    private func clocks(_ context: WanggeRequestContext) async throws -> Response {
        let person = try context.requirePerson()
        let reference = try context.parameters.require("case")
        let report = try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) {
            try ClockReport.load(reference, in: $0)
        }
        let city = city.current
        // A case nobody could place belongs to the whole city. One outside the jurisdiction does not exist for them.
        guard let report,
            person.jurisdiction.contains(where: { city.isInside(report.grid ?? city.root.code, jurisdiction: $0) })
        else { throw Problem(.notFound) }
        var writer = JSONWriter()
        report.write(to: &writer)
        return Response.json(writer.bytes)
    }
}

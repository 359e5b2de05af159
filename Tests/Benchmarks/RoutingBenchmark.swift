import City
import Messages

@testable import Router

/// What the router decides of one report: whom the policy names, and the case with its first steps.
enum RoutingBenchmark {
    static func run(_ figures: inout Figures) throws {
        let city = try BenchmarkCity.make()
        let filing = Filing(city: city)
        let reports = try reports(city: city)
        let matters = reports.compactMap { report in
            city.condition(report.condition).flatMap { condition in report.grid.map { (report, condition, $0) } }
        }
        try figures.compare(
            [
                .init(
                    name: "route.report",
                    run: { count in
                        for index in 0..<count {
                            let (report, condition, grid) = matters[index % matters.count]
                            keep(
                                Routing.route(
                                    condition: condition, source: report.source, grid: grid, finder: report.finder,
                                    city: city))
                        }
                    }),
                .init(
                    name: "file.report",
                    run: { count in
                        for index in 0..<count {
                            let report = reports[index % reports.count]
                            keep(try filing.open(report, id: CaseID(Int64(index)), now: report.receivedAt).message)
                        }
                    }),
            ], ratios: [])
    }

    private static func reports(city: City) throws -> [ReportAccepted] {
        let fixture = try ReportAccepted(json: JSONDocument(BenchmarkCity.payload(ReportAccepted.type)).root)
        let source = city.profile.sources.first { !$0.staffed }
        return (0..<1_000).map { number in
            var report = fixture
            report.id = ReportID(Int64(number))
            report.grid = city.leaves[number * 7 % city.leaves.count].code
            report.condition = city.profile.conditions[number % city.profile.conditions.count].code
            report.source = source?.code ?? report.source
            report.finder = nil
            report.onTheSpot = nil
            return report
        }
    }
}

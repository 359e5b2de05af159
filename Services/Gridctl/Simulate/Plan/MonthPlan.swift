import City

/// A month as it will be simulated: what happens, everything that is published of it, and what must come of that.
struct MonthPlan: Sendable {
    let scenario: Scenario
    /// When the suite's clock begins, and where it stands at the end: the last second of the month.
    let begin: Timestamp
    let end: Timestamp
    /// The matters that count, then strays.
    let matters: [Matter]
    /// In the order in which they are ready.
    let publications: [Publication]
    /// Personal numbers given away in them, as written.
    let canaries: [String]

    init(city: City, scenario: Scenario) {
        self.scenario = scenario
        let zone = city.calendar.zone
        begin = zone.timestamp(of: scenario.begin, secondOfDay: 0)
        end = zone.timestamp(of: scenario.begin.adding(days: scenario.days), secondOfDay: 0).advanced(bySeconds: -1)
        var planner = MatterPlanner(city: city, scenario: scenario, end: end)
        matters = planner.draw()
        var writer = PublicationPlanner(city: city, scenario: scenario, begin: begin, end: end)
        for matter in matters { writer.publish(matter) }
        writer.publishBadInput(Int((Double(scenario.events) * scenario.mix.malformed).rounded()))
        publications = writer.publications.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        canaries = writer.canaries.given
    }
}

import City
import Messages
import Testing

@testable import Gridctl

/// What is drawn for a month: exact counts, places that lie where they should, the same bytes for the same seed.
@Suite struct MonthPlanTests {
    private let city = SimulatedCity.city
    private let plan = SimulatedCity.plan

    @Test func `The same seed gives the same plan, another seed another`() {
        let again = MonthPlan(city: city, scenario: SimulatedCity.scenario())
        let other = MonthPlan(city: city, scenario: SimulatedCity.scenario(seed: 8))
        #expect(again.publications.map(\.body) == plan.publications.map(\.body))
        #expect(again.publications.map(\.at) == plan.publications.map(\.at))
        #expect(again.matters == plan.matters)
        #expect(other.publications.map(\.body) != plan.publications.map(\.body))
    }

    @Test func `There are exactly as many matters as asked for`() {
        let counted = plan.matters.filter { !$0.isStray }
        #expect(counted.count == 1_200)
        #expect(counted.count { $0.isOnTheSpot } == 1_050)
        #expect(counted.map(\.number) == Array(0..<1_200))
        #expect(counted.count { city.condition($0.condition)?.severity == .major } == 1)
        #expect(counted.count { $0.tempo.handlePercent > 100 } == 36)
    }

    @Test func `The month of the shipped profile has its published figures`() throws {
        let report = ProfileReport(checking: ProfileFolder(files: ShippedProfile.files))
        let target = try #require(report.simulation)
        let scenario = Scenario(
            seed: 1, month: CivilDay(year: target.year, month: target.month, day: 1), events: target.events,
            onTheSpot: target.onTheSpot)
        let plan = MonthPlan(city: city, scenario: scenario)
        #expect(plan.matters.count { !$0.isStray } == 9_686)
        #expect(plan.matters.count { $0.isOnTheSpot } == 8_793)
        let bad = plan.publications.filter { if case .rejected = $0.expectation { true } else { false } }
        #expect((0.01...0.02).contains(Double(bad.count) / Double(plan.publications.count)))
        #expect(
            Set(plan.publications.filter { $0.expectation == .accepted }.map { "\($0.source) \($0.id)" }).count
                == plan.publications.count { $0.expectation == .accepted })
    }

    @Test func `Everything happens within the month, in order`() {
        let zone = city.calendar.zone
        #expect(plan.begin.rfc3339(in: zone) == "2025-11-01T00:00:00+08:00")
        #expect(plan.end.rfc3339(in: zone) == "2025-11-30T23:59:59+08:00")
        for matter in plan.matters {
            let day = zone.day(of: matter.occurredAt)
            #expect(day.year == 2025 && day.month == 11)
        }
        for (first, second) in zip(plan.publications, plan.publications.dropFirst()) { #expect(first.at <= second.at) }
        for one in plan.publications {
            #expect(one.at >= plan.begin && one.at <= plan.end)
            #expect(one.latest >= one.at)
        }
    }

    @Test func `A matter lies in its grid and is found by staff of that grid`() {
        for matter in plan.matters {
            #expect(city.locate(matter.place)?.code == matter.grid)
            if let finder = matter.finder { #expect(city.post(finder)?.grid == matter.grid) }
            if matter.isOnTheSpot { #expect(matter.finder != nil && city.source(matter.source)?.staffed == true) }
        }
    }

    @Test func `Different matters of one condition are never taken for each other`() {
        let open = plan.matters.filter { !$0.isOnTheSpot }
        for one in open {
            for other in plan.matters where other.number != one.number && other.condition == one.condition {
                #expect(other.place.distanceMetres(to: one.place) >= 80)
            }
        }
    }

    @Test func `Each kind of bad input occurs`() {
        let slugs = Set(
            plan.publications.compactMap { one -> String? in
                if case .rejected(let slug) = one.expectation { slug } else { nil }
            })
        #expect(plan.scenario.events / 67 >= 17)
        #expect(slugs.isSubset(of: Set(BadInput.allCases.map(\.slug))))
        #expect(slugs.count > 12)
    }

    @Test func `Repeats and conflicts come after what they repeat`() {
        let first = Dictionary(
            plan.publications.filter { $0.expectation == .accepted }.map { ("\($0.source) \($0.id)", $0) },
            uniquingKeysWith: { first, _ in first })
        for one in plan.publications where one.expectation == .repeated || one.expectation == .conflict {
            let original = first["\(one.source) \(one.id)"]
            #expect(original.map { $0.latest < one.at || $0.latest == plan.end } == true)
        }
    }

    @Test func `Events are JSON that says what the matter is`() throws {
        for one in plan.publications where one.expectation == .accepted && one.form != .binary {
            let event = try JSONDocument(one.body).root
            #expect(event["id"]?.string == one.id)
            #expect(event["source"]?.string == one.source.rawValue)
            let matter = try #require(one.matter.map { plan.matters[$0] })
            #expect(event["data"]?["condition"]?.string == matter.condition.rawValue)
        }
    }

    @Test func `Hours and weekdays differ`() {
        let zone = city.calendar.zone
        let hours = Dictionary(grouping: plan.matters) { zone.local($0.occurredAt).secondOfDay / 3_600 }.mapValues(
            \.count)
        #expect((hours[9] ?? 0) > 5 * (hours[3] ?? 0))
        let sundays = plan.matters.count { zone.day(of: $0.occurredAt).weekday == .sunday }
        let mondays = plan.matters.count { zone.day(of: $0.occurredAt).weekday == .monday }
        // November 2025 has five Sundays and four Mondays.
        #expect(mondays > sundays)
    }
}

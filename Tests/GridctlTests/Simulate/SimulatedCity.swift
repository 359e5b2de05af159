import City

@testable import Gridctl

/// The city of the shipped profile, for plans that tests draw.
enum SimulatedCity {
    static let city: City = {
        // The zone's rules come from PostgreSQL otherwise; this one has had none since 1991.
        let zone = try? TimeZoneRules(
            name: "Asia/Shanghai", transitions: [.init(from: Timestamp(seconds: 0), offsetSeconds: 8 * 3_600)])
        guard let zone, let profile = ProfileReport(checking: ProfileFolder(files: ShippedProfile.files)).profile,
            let city = try? City(profile: profile, zone: zone)
        else { preconditionFailure("the shipped profile is not sound") }
        return city
    }()

    static func scenario(seed: UInt64 = 7, events: Int = 1_200, onTheSpot: Int = 1_050) -> Scenario {
        Scenario(seed: seed, month: CivilDay(year: 2025, month: 11, day: 1), events: events, onTheSpot: onTheSpot)
    }

    static let plan = MonthPlan(city: city, scenario: scenario())
}

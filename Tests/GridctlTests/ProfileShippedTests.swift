import City
import Testing

@testable import Gridctl

@Suite("The shipped profile")
struct ProfileShippedTests {
    static let report = ProfileReport(checking: ProfileFolder(files: ShippedProfile.files))

    @Test("It has no fault, not even a warning")
    func isClean() {
        #expect(Self.report.faults.isEmpty, "\(Self.report.faults)")
        #expect(Self.report.profile != nil)
    }

    @Test("A folder that is not there is named")
    func missingFolder() throws {
        let failure = #expect(throws: CommandFailure.self) { try ProfileFolder(path: "deploy/profiles/nowhere") }
        #expect(failure?.text.en.contains("deploy/profiles/nowhere") == true)
        #expect(try ProfileReport(checking: ProfileFolder(path: ShippedProfile.folder)).faults.isEmpty)
    }

    @Test("It has the published figures: 1+11+16+151+N, 751 building heads, 258 street heads, 9,686 events")
    func figures() throws {
        let profile = try #require(Self.report.profile)
        #expect((1...4).map { level in profile.grids.count { $0.level == level } } == [1, 11, 16, 151])
        #expect(profile.posts.count { $0.role == "building-head" } == 751)
        #expect(profile.posts.count { $0.role == "street-head" } == 258)
        #expect(profile.posts.count { $0.role == "unit-liaison" } == profile.units.count)
        #expect(profile.categories.count >= 30 && profile.conditions.count >= 60)
        let target = try #require(Self.report.simulation)
        #expect((target.events, target.onTheSpot, target.year, target.month) == (9_686, 8_793, 2025, 11))
    }

    @Test(
        "Limits of a manhole cover depend on what is wrong with it",
        arguments: [
            ("C0101-1", TimeLimit(2, .urgentHours)), ("C0101-2", TimeLimit(4, .workingHours)),
            ("C0101-3", TimeLimit(2, .workingDays)), ("C0101-4", TimeLimit(5, .workingDays)),
        ])
    func manholeCover(code: String, limit: TimeLimit) throws {
        let profile = try #require(Self.report.profile)
        #expect(profile.conditions.first { $0.code.rawValue == code }?.limit == limit)
    }

    @Test("It is a city: every place of it belongs to a micro grid with a worker")
    func isCity() throws {
        let profile = try #require(Self.report.profile)
        let zone = try TimeZoneRules(
            name: profile.timeZone,
            transitions: [.init(from: Timestamp(seconds: 0), offsetSeconds: 8 * 3_600)])
        let city = try City(profile: profile, zone: zone)
        for leaf in city.leaves {
            let centre = try #require(leaf.area.centroid)
            let found = try #require(city.locate(centre))
            #expect(found.level == 4)
            #expect(city.holder(ofRole: "grid-worker", from: found.code, level: 4) != nil)
        }
    }

    @Test("The summary names the tree")
    func summary() throws {
        let text = ProfileSummary(try #require(Self.report.profile)).description
        #expect(text.contains("1 street + 11 block + 16 community + 151 micro"))
    }
}

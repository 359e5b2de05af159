import City
import Messages
import TestSupport
import Testing

@testable import Router

@Suite("Reports of one problem")
struct DuplicateRulesTests {
    let city: City
    let rules: DuplicateRules

    init() throws {
        city = try StreetCity.make()
        rules = DuplicateRules(city: city)
    }

    private func open(_ id: Int64, _ report: ReportAccepted) throws -> WorkingCase {
        try Filing(city: city).open(report, id: CaseID(id), now: report.occurredAt)
    }

    @Test("Within the radius and of the same condition, it is the same problem", arguments: [0.0, 10, 29.9, 30.1, 200])
    func distance(metres: Double) throws {
        let candidate = try open(1, Sample.report(1, north: 100))
        let match = rules.match(Sample.report(2, north: 100 + metres), among: [candidate])
        #expect(match == (metres < 30 ? CaseID(1) : nil))
    }

    @Test("Another condition, a case that has ended, and one too old are other problems")
    func others() throws {
        let report = Sample.report(2)
        #expect(rules.match(report, among: [try open(1, Sample.report(1, condition: "C0101-2"))]) == nil)
        let ended = try open(1, Sample.report(1, source: "patrol", finder: "GW-M001", handledAt: Sample.morning))
        #expect(ended.now.state == .closed && rules.match(report, among: [ended]) == nil)
        for (hours, expected) in [(71, CaseID(1)), (72, CaseID(1)), (73, nil)] as [(Int64, CaseID?)] {
            let old = try open(1, Sample.report(1, at: Sample.morning.advanced(bySeconds: -hours * 3_600)))
            #expect(rules.match(report, among: [old]) == expected)
        }
    }

    @Test("The nearest counts; of two at the same place the older")
    func nearest() throws {
        let cases = try [(3, 120.0), (2, 105), (4, 105), (1, 80)].map {
            try open($0.0, Sample.report($0.0, north: $0.1))
        }
        #expect(rules.match(Sample.report(9, north: 100), among: cases) == CaseID(2))
    }

    @Test("Cases of another community do not count, be they ever so near")
    func community() throws {
        // M009 is the last of C01, M010 the first of C02.
        #expect(city.community(of: GridCode("M009"))?.code == GridCode("C01"))
        #expect(city.community(of: GridCode("M010"))?.code == GridCode("C02"))
        var left = Sample.report(1, micro: 9)
        left.place = Coordinate(longitude: 104.00899, latitude: 30.005)
        var right = Sample.report(2, micro: 10)
        right.place = Coordinate(longitude: 104.00901, latitude: 30.005)
        #expect(rules.match(right, among: [try open(1, left)]) == nil)
        // Across a border inside a community it is the same problem.
        var inside = Sample.report(3, micro: 8)
        inside.place = left.place
        #expect(rules.match(inside, among: [try open(1, left)]) == CaseID(1))
    }

    @Test("What names no place, or no community, is not compared; neither where the policy merges nothing")
    func incomparable() throws {
        let candidate = try open(1, Sample.report(1))
        var byGrid = Sample.report(2)
        byGrid.place = nil
        #expect(rules.search(for: byGrid) == nil && rules.match(byGrid, among: [candidate]) == nil)
        #expect(rules.search(for: Sample.report(2, micro: nil)) == nil)
        var high = Sample.report(2)
        high.grid = GridCode("B01")
        #expect(rules.search(for: high) == nil)
        let never = DuplicateRules(city: try StreetCity.make { $0.policy.duplicates.radiusMetres = 0 })
        #expect(never.search(for: Sample.report(2)) == nil)
    }

    @Test("The box that is searched holds everything within the radius")
    func box() throws {
        let seed = freshSeed("duplicates")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<10_000 {
            var report = Sample.report(1)
            // Anywhere in China: towards the poles a degree of longitude grows short.
            report.place = Coordinate(
                longitude: Double.random(in: 73...135, using: &random),
                latitude: Double.random(in: 18...53.5, using: &random))
            let search = try #require(rules.search(for: report))
            let near = Coordinate(
                longitude: search.place.longitude + Double.random(in: -0.001...0.001, using: &random),
                latitude: search.place.latitude + Double.random(in: -0.001...0.001, using: &random))
            let isInBox =
                abs(near.longitude - search.place.longitude) <= search.longitudeReach
                && abs(near.latitude - search.place.latitude) <= search.latitudeReach
            #expect(isInBox || near.distanceMetres(to: search.place) > 30, "seed \(seed)")
        }
        #expect(rules.search(for: Sample.report(1))?.earliest == local("2025-10-31 09:00"))
    }
}

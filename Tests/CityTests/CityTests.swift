import City
import Testing

@Suite struct CityTests {
    let city: City

    init() throws { city = try SampleCity.make() }

    private func codes(_ grids: some Sequence<Grid>) -> [String] { grids.map(\.code.rawValue) }

    @Test func ordersGridsFromTheRootDown() {
        #expect(codes(city.grids) == ["D", "S1", "S1-A", "S1-B", "S2"])
        #expect(city.root.code == GridCode("D"))
        #expect(codes(city.leaves) == ["S1-A", "S1-B", "S2"])
        #expect(city.index(of: GridCode("S1-A")) == 2)
        #expect(city.index(of: GridCode("?")) == nil)
        #expect(city.grid(GridCode("S1"))?.level == 2)
    }

    @Test func walksTheTree() {
        #expect(city.parent(of: GridCode("S1-B"))?.code == GridCode("S1"))
        #expect(city.parent(of: GridCode("D")) == nil)
        #expect(codes(city.ancestors(of: GridCode("S1-B"))) == ["S1", "D"])
        #expect(codes(city.children(of: GridCode("D"))) == ["S1", "S2"])
        #expect(codes(city.children(of: GridCode("S1"))) == ["S1-A", "S1-B"])
        #expect(city.children(of: GridCode("S2")).isEmpty)
        #expect(codes(city.grids(inside: GridCode("S1"))) == ["S1", "S1-A", "S1-B"])
        #expect(city.grids(inside: GridCode("?")).isEmpty)
    }

    @Test(arguments: [
        ("S1-B", 1, "D"), ("S1-B", 2, "S1"), ("S1-B", 3, "S1-B"), ("S2", 3, nil), ("S2", 0, nil), ("?", 1, nil),
    ])
    func findsTheGridOfALevel(grid: String, level: Int, expected: String?) {
        #expect(city.ancestor(of: GridCode(grid), level: level)?.code.rawValue == expected)
    }

    @Test func findsTheCommunity() {
        #expect(city.community(of: GridCode("S1-A"))?.code == GridCode("S1"))
        #expect(city.community(of: GridCode("D")) == nil)
    }

    @Test(arguments: [
        ("S1-A", "S1", true), ("S1-A", "D", true), ("S1", "S1", true), ("S1", "S1-A", false), ("S2", "S1", false),
        ("?", "D", false), ("S2", "?", false),
    ])
    func knowsJurisdictions(grid: String, jurisdiction: String, expected: Bool) {
        #expect(city.isInside(GridCode(grid), jurisdiction: GridCode(jurisdiction)) == expected)
    }

    @Test func locatesPlaces() {
        #expect(city.locate(Coordinate(longitude: 1, latitude: 1))?.code == GridCode("S1-B"))
        #expect(city.locate(Coordinate(longitude: 1, latitude: 2))?.code == GridCode("S1-A"))
        #expect(city.locate(Coordinate(longitude: 2.5, latitude: 1))?.code == GridCode("S2"))
        #expect(city.locate(Coordinate(longitude: 4, latitude: 1)) == nil)
        #expect(
            city.boundingBox == BoundingBox(minLongitude: 0, minLatitude: 0, maxLongitude: 3, maxLatitude: 3))
    }

    @Test func findsHoldersUpwards() {
        let grid = GridCode("S1-A")
        #expect(city.holder(ofRole: "grid-worker", from: grid, level: 3)?.code == PostCode("p-worker-1"))
        #expect(
            city.holders(ofRole: "grid-worker", from: grid, level: 3).map(\.code.rawValue) == [
                "p-worker-1", "p-worker-2",
            ])
        // Above the level asked for, not below it.
        #expect(city.holder(ofRole: "grid-worker", from: grid, level: 2) == nil)
        #expect(city.holder(ofRole: "grid-leader", from: grid, level: 3)?.code == PostCode("p-leader-1"))
        #expect(city.holder(ofRole: "grid-leader", from: grid, level: 1)?.code == PostCode("p-leader-0"))
        #expect(city.holder(ofRole: "brigade", from: grid, level: 2)?.code == PostCode("p-brigade"))
        // A grid above the level begins with itself.
        #expect(city.holder(ofRole: "grid-leader", from: GridCode("S2"), level: 3)?.code == PostCode("p-leader-0"))
        #expect(city.holder(ofRole: "grid-leader", from: GridCode("?"), level: 3) == nil)
        #expect(city.holder(ofRole: "mayor", from: grid, level: 3) == nil)
    }

    @Test func findsStaffAndCatalogue() {
        #expect(city.posts(in: GridCode("S1-A")).map(\.code.rawValue) == ["p-worker-1", "p-worker-2"])
        #expect(city.posts(in: GridCode("D"), role: "brigade").first?.unit == UnitCode("brigade-1"))
        #expect(city.post(PostCode("p-leader-1"))?.grid == GridCode("S1"))
        #expect(city.unit(UnitCode("brigade-1"))?.kind == "brigade")
        #expect(city.units(in: GridCode("D")).count == 1)
        #expect(city.category(CategoryCode("C0101"))?.kind == .component)
        #expect(city.conditions(of: CategoryCode("C0101")).map(\.code.rawValue) == ["C0101-2", "C0101-1"])
        #expect(city.condition(ConditionCode("C0101-1"))?.limit == TimeLimit(2, .urgentHours))
        #expect(city.source(SourceCode("patrol"))?.datum == .gcj02)
        #expect(city.source(SourceCode("?")) == nil)
        #expect(city.calendar.coveredYears.contains(2_026))
    }
}

@Suite struct CityFaultTests {
    /// A change to the profile, and the fault it causes.
    struct Break: Sendable, CustomTestStringConvertible {
        var fault: CityFault
        var change: @Sendable (inout Profile) -> Void
        var testDescription: String { fault.description }

        init(_ fault: CityFault, _ change: @escaping @Sendable (inout Profile) -> Void) {
            self.fault = fault
            self.change = change
        }
    }

    @Test(arguments: [
        Break(.wrongZone(expected: "Europe/Berlin", given: "Asia/Shanghai")) { $0.timeZone = "Europe/Berlin" },
        Break(.duplicate(kind: "grid", code: "S2")) { $0.grids.append($0.grids[1]) },
        Break(.unknown(kind: "grid", code: "X", referredToBy: "grid S2")) { $0.grids[1].parent = GridCode("X") },
        Break(.rootCount([])) { $0.grids.removeAll() },
        Break(.rootCount([GridCode("S2"), GridCode("D")])) { $0.grids[1].parent = nil },
        Break(.cycle(GridCode("S1-B"))) {
            $0.grids[0].parent = GridCode("S1-A")
            $0.grids[2].parent = GridCode("S1-B")
        },
        Break(.wrongLevel(GridCode("S2"))) { $0.grids[1].level = 3 },
        Break(.badArea(GridCode("S2"))) { $0.grids[1].area.polygons.removeAll() },
        Break(.badArea(GridCode("S2"))) { $0.grids[1].area.polygons[0].rings[0][0].latitude = .nan },
        Break(.duplicate(kind: "post", code: "p-brigade")) { $0.posts.append($0.posts[4]) },
        Break(.unknown(kind: "grid", code: "X", referredToBy: "post p-brigade")) { $0.posts[4].grid = GridCode("X") },
        Break(.unknown(kind: "unit", code: "X", referredToBy: "post p-brigade")) { $0.posts[4].unit = UnitCode("X") },
        Break(.unknown(kind: "grid", code: "X", referredToBy: "unit brigade-1")) { $0.units[0].grid = GridCode("X") },
        Break(.duplicate(kind: "source", code: "patrol")) { $0.sources.append($0.sources[0]) },
        Break(.duplicate(kind: "category", code: "C0101")) { $0.categories.append($0.categories[0]) },
        Break(.duplicate(kind: "filing condition", code: "C0101-2")) { $0.conditions.append($0.conditions[0]) },
        Break(.unknown(kind: "category", code: "X", referredToBy: "filing condition C0101-1")) {
            $0.conditions[1].category = CategoryCode("X")
        },
        Break(.badLimit(of: "filing condition C0101-2", TimeLimit(0, .workingHours))) {
            $0.conditions[0].limit.amount = 0
        },
        Break(.badLimit(of: "check", TimeLimit(10_000, .minutes))) { $0.policy.clocks.check.amount = 10_000 },
    ])
    func refuses(broken: Break) {
        #expect(throws: broken.fault) { try SampleCity.make(broken.change) }
    }
}

import City
import Testing

@testable import Gridctl

@Suite("Areas and households of a profile")
struct ProfileAreaTests {
    /// The first of the smallest grids, and its parent, in the shipped profile.
    static let leaf = 28
    static let parent = 12

    @Test("Swapped coordinates are recognised")
    func swapped() throws {
        let fault = try only(
            ShippedProfile.withGrids { grids in
                Self.change(&grids[Self.leaf]) { Coordinate(longitude: $0.latitude, latitude: $0.longitude) }
            })
        #expect(fault.kind == .geometry && fault.row == Self.leaf + 1)
        #expect(fault.reason.en.contains("swapped"))
    }

    @Test("Coordinates outside the bounds are refused")
    func outside() throws {
        let fault = try only(
            ShippedProfile.withGrids { grids in
                Self.change(&grids[Self.leaf]) { Coordinate(longitude: $0.longitude + 1, latitude: $0.latitude) }
            })
        #expect(fault.kind == .geometry && fault.row == Self.leaf + 1)
        #expect(fault.reason.en.contains("outside"))
    }

    @Test("A ring must be closed")
    func open() throws {
        let fault = try only(
            ShippedProfile.withGrids { $0[Self.leaf].area.polygons[0].rings[0].removeLast() })
        #expect(fault.kind == .geometry && fault.row == Self.leaf + 1)
        #expect(fault.reason.en.contains("closed"))
    }

    @Test("An outline must not cross itself")
    func crossing() throws {
        let fault = try only(
            ShippedProfile.withGrids { grids in
                let count = grids[Self.leaf].area.polygons[0].rings[0].count
                grids[Self.leaf].area.polygons[0].rings[0].swapAt(2, count / 2)
            })
        #expect(fault.kind == .geometry && fault.row == Self.leaf + 1)
        #expect(fault.reason.en.contains("crosses"))
    }

    @Test("A ring that turns the wrong way is only a warning")
    func clockwise() throws {
        let fault = try only(ShippedProfile.withGrids { $0[Self.leaf].area.polygons[0].rings[0].reverse() })
        #expect(fault.kind == .geometry && fault.row == Self.leaf + 1 && !fault.isFatal)
    }

    @Test("A corner moved inwards leaves a gap, outwards an overlap", arguments: [(0.5, "gap"), (1.3, "overlap")])
    func cover(factor: Double, word: String) throws {
        let fault = try only(
            ShippedProfile.withGrids { grids in
                guard let centre = grids[Self.leaf].area.centroid else { return }
                let corner = grids[Self.leaf].area.polygons[0].rings[0][3]
                grids[Self.leaf].area.polygons[0].rings[0][3] = Coordinate(
                    longitude: centre.longitude + (corner.longitude - centre.longitude) * factor,
                    latitude: centre.latitude + (corner.latitude - centre.latitude) * factor)
            })
        #expect(fault.kind == .cover && fault.isFatal)
        #expect(fault.row == Self.parent + 1)
        #expect(fault.reason.en.contains(word))
    }

    @Test("Parts that divide a shared border differently are left to PostGIS")
    func undecided() throws {
        let report = ProfileReport(
            checking: ShippedProfile.withGrids { grids in
                // A further corner in the middle of a border: the same area, but not the same vertices.
                let ring = grids[Self.leaf].area.polygons[0].rings[0]
                let middle = Coordinate(
                    longitude: (ring[0].longitude + ring[1].longitude) / 2,
                    latitude: (ring[0].latitude + ring[1].latitude) / 2)
                let point = MicroPoint(middle)
                guard point.coordinate != ring[0], point.coordinate != ring[1] else { return }
                grids[Self.leaf].area.polygons[0].rings[0].insert(point.coordinate, at: 1)
            })
        // Rounding the middle to six decimals may move the border by up to 11 cm: a sliver, tolerated below 1 m²
        // and reported above.
        if report.faults.isEmpty {
            #expect(report.skipped.contains { $0.en.contains("PostGIS") })
        } else {
            #expect(report.faults.allSatisfy { $0.kind == .cover })
        }
    }

    @Test("Too large grids are a warning with the average")
    func households() throws {
        let fault = try only(
            ShippedProfile.withGrids { grids in
                for index in grids.indices where grids[index].level == 4 { grids[index].households = 600 }
            })
        #expect(fault.kind == .households && !fault.isFatal)
        #expect(fault.reason.en.contains("600 on average") && fault.reason.en.contains("151 are outside 300 to 500"))
    }

    @Test("A second root is refused")
    func roots() {
        let report = ProfileReport(
            checking: ShippedProfile.withGrids { grids in
                grids[1].parent = nil
                grids[1].level = 1
            })
        #expect(report.faults.contains { $0.kind == .tree && $0.row == 2 && $0.field == "parent" })
    }

    @Test("Unstaffed grids are counted")
    func unstaffed() {
        let report = ProfileReport(
            checking: ShippedProfile.changing(ProfileFolder.posts) { text in
                text.split(separator: "\n").filter { line in
                    !(line.hasPrefix("GL") || line.hasPrefix("GW")) || !line.contains(",510116002001-0")
                }.joined(separator: "\n")
            })
        let staffing = report.faults.first { $0.kind == .staffing }
        #expect(staffing?.reason.en.hasPrefix("9 of 151 grids have none of") == true, "\(report.faults)")
        #expect(report.faults.allSatisfy { !$0.isFatal })
    }

    private func only(_ folder: ProfileFolder) throws -> ProfileFault {
        let report = ProfileReport(checking: folder)
        #expect(report.faults.count == 1, "\(report.faults)")
        return try #require(report.faults.first)
    }

    private static func change(_ grid: inout Grid, _ change: (Coordinate) -> Coordinate) {
        grid.area.polygons = grid.area.polygons.map { polygon in
            Polygon(rings: polygon.rings.map { $0.map(change) })
        }
    }
}

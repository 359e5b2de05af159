import City

/// The parts of a grid cover it without gap or overlap, as far as that can be said without a database.
///
/// When parts share their vertices exactly, dropping the borders they share must leave the outline of the whole: that is
/// a proof. When the areas do not add up, there surely is a gap or an overlap. Anything between the two is left to
/// PostGIS.
enum CoverRules {
    /// Square metres that gaps or overlaps may have; rounding in the last digit makes slivers.
    static let tolerance = 1.0

    /// - Returns: Grids whose cover is neither proven nor refuted.
    static func check(_ draft: ProfileDraft, _ faults: FaultList) -> [GridCode] {
        guard let grids = draft.grids else { return [] }
        let parts = Dictionary(grouping: grids.filter { $0.value.parent != nil }) { $0.value.parent }
        var open: [GridCode] = []
        for whole in grids {
            guard let parts = parts[whole.value.code], parts.allSatisfy({ !$0.value.area.polygons.isEmpty }),
                !whole.value.area.polygons.isEmpty
            else { continue }
            if borders(of: parts.map(\.value.area)) == borders(of: [whole.value.area]) { continue }
            let excess = parts.reduce(0.0) { $0 + flatArea($1.value.area) } - flatArea(whole.value.area)
            guard abs(excess) > tolerance else {
                open.append(whole.value.code)
                continue
            }
            let metres = Int(abs(excess).rounded(.up))
            faults.fatal(
                .cover, ProfileFolder.grids, row: whole.row, field: "geometry",
                zh: excess < 0 ? "下级网格之间留有空隙，约 \(metres) 平方米" : "下级网格重叠或超出，约 \(metres) 平方米",
                en: excess < 0
                    ? "its parts leave a gap of about \(metres) m²"
                    : "its parts overlap or stick out by about \(metres) m²")
        }
        return open
    }

    private struct Side: Hashable {
        var from: MicroPoint
        var to: MicroPoint
    }

    /// The directed sides that are left when those walked both ways are dropped. Rings are turned the right way first.
    private static func borders(of areas: [MultiPolygon]) -> [Side: Int] {
        var sides: [Side: Int] = [:]
        for polygon in areas.flatMap(\.polygons) {
            for (index, ring) in polygon.rings.enumerated() {
                let turned = ring.isCounterClockwise == (index == 0) ? ring : ring.reversed()
                let points = turned.map(MicroPoint.init)
                for (from, to) in zip(points, points.dropFirst()) where from != to {
                    let back = Side(from: to, to: from)
                    if let count = sides[back], count > 0 {
                        sides[back] = count == 1 ? nil : count - 1
                    } else {
                        sides[Side(from: from, to: to), default: 0] += 1
                    }
                }
            }
        }
        return sides
    }

    /// Square metres, taking degrees for a flat plane: straight borders that are divided differently by the two sides
    /// still add up, which they would not on the curved earth.
    private static func flatArea(_ area: MultiPolygon) -> Double {
        guard let origin = area.polygons.first?.rings.first?.first else { return 0 }
        let plane = LocalPlane(centre: origin)
        return area.polygons.reduce(0.0) { sum, polygon in
            sum
                + polygon.rings.enumerated().reduce(0.0) { sum, ring in
                    let part = abs(plane.squareMetres(ring.element))
                    return ring.offset == 0 ? sum + part : sum - part
                }
        }
    }
}

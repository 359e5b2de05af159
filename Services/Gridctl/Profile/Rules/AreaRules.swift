import City

/// Every area is a proper polygon within the declared bounds.
enum AreaRules {
    static func check(_ draft: ProfileDraft, _ faults: FaultList) {
        guard let grids = draft.grids else { return }
        for grid in grids where !grid.value.area.polygons.isEmpty {
            check(grid, bounds: draft.document?.bounds, faults)
        }
    }

    private static func check(_ grid: Located<Grid>, bounds: BoundingBox?, _ faults: FaultList) {
        func fault(_ field: String, zh: String, en: String) {
            faults.fatal(.geometry, ProfileFolder.grids, row: grid.row, field: field, zh: zh, en: en)
        }
        let rings = grid.value.area.polygons.flatMap(\.rings)
        let corners = rings.flatMap { $0 }
        guard !corners.isEmpty else { return fault("geometry", zh: "没有坐标", en: "there are no coordinates") }

        func isOnEarth(_ corner: Coordinate) -> Bool { abs(corner.longitude) <= 180 && abs(corner.latitude) <= 90 }
        func isInside(_ corner: Coordinate) -> Bool { isOnEarth(corner) && bounds?.contains(corner) ?? true }
        if let outside = corners.first(where: { !isInside($0) }) {
            let swapped = Coordinate(longitude: outside.latitude, latitude: outside.longitude)
            if isOnEarth(swapped), bounds?.contains(swapped) ?? !isOnEarth(outside) {
                fault("coordinates", zh: "经度和纬度写反了", en: "longitude and latitude are swapped")
            } else {
                fault(
                    "coordinates", zh: "\(outside.longitude), \(outside.latitude) 不在 profile.yaml 的 bounds 之内",
                    en: "\(outside.longitude), \(outside.latitude) is outside the bounds in profile.yaml")
            }
            return
        }
        guard rings.allSatisfy(\.isClosedRing) else {
            return fault(
                "coordinates", zh: "环未闭合：末点应与首点相同，至少 4 点",
                en: "a ring is not closed: the last of at least 4 points repeats the first")
        }
        if let place = grid.value.area.firstSelfIntersection() {
            return fault(
                "coordinates", zh: "边界在 \(place.longitude), \(place.latitude) 处自相交",
                en: "the outline crosses or touches itself at \(place.longitude), \(place.latitude)")
        }
        let isTurned = grid.value.area.polygons.contains { polygon in
            zip(polygon.rings.indices, polygon.rings).contains { index, ring in ring.isCounterClockwise != (index == 0)
            }
        }
        if isTurned {
            faults.warning(
                .geometry, ProfileFolder.grids, row: grid.row, field: "coordinates", zh: "外环应为逆时针，内环应为顺时针（RFC 7946）",
                en: "outer rings turn against the clock, holes with it (RFC 7946)")
        }
    }
}

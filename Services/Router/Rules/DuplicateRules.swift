import City
import Messages

/// Whether a report tells of a problem that an open case already has.
struct DuplicateRules: Sendable {
    let city: City

    /// What is looked for in the database: the same condition in the same community, inside a box around the place.
    struct Search: Sendable {
        var community: GridCode
        var condition: ConditionCode
        var place: Coordinate
        var earliest: Timestamp
        /// Half the sides of the box, in degrees.
        var longitudeReach: Double
        var latitudeReach: Double
    }

    /// Nil when the report cannot be compared: it names no place, or the policy merges nothing.
    func search(for report: ReportAccepted) -> Search? {
        let rule = city.profile.policy.duplicates
        guard rule.radiusMetres > 0, let place = report.place, let grid = report.grid,
            let community = city.community(of: grid)
        else { return nil }
        // A degree of latitude is at least 110,500 m; at China's latitudes one of longitude at least 65,000 m.
        return Search(
            community: community.code, condition: report.condition, place: place,
            earliest: report.occurredAt.advanced(bySeconds: -Int64(rule.withinHours) * 3_600),
            longitudeReach: rule.radiusMetres / 65_000, latitudeReach: rule.radiusMetres / 110_500)
    }

    /// The nearest of the candidates that is the same problem.
    ///
    /// Candidates of other communities, which other reports of a batch were compared with, do not count: what a report
    /// joins must not depend on the batch it came in.
    func match(_ report: ReportAccepted, among candidates: [WorkingCase]) -> CaseID? {
        let rule = city.profile.policy.duplicates
        guard let search = search(for: report) else { return nil }
        let near = candidates.compactMap { candidate -> (id: CaseID, distance: Double)? in
            let one = candidate.now
            guard !one.state.isFinal, one.condition == report.condition, one.reportedAt >= search.earliest,
                let place = one.place, let grid = one.grid, city.community(of: grid)?.code == search.community
            else { return nil }
            let distance = place.distanceMetres(to: search.place)
            return distance <= rule.radiusMetres ? (one.id, distance) : nil
        }
        return near.min { ($0.distance, $0.id) < ($1.distance, $1.id) }?.id
    }
}

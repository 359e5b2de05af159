import City

/// A profile in a few lines, to see at a glance that it is the right one.
struct ProfileSummary: CustomStringConvertible {
    private let profile: Profile

    init(_ profile: Profile) { self.profile = profile }

    var description: String {
        let version = profile.version > 0 ? ", version \(profile.version)" : ""
        let levels = profile.levels.map { level in
            let count = profile.grids.count { $0.level == level.level }
            return "\(count) \(level.slug)"
        }
        let roles = Dictionary(grouping: profile.posts, by: \.role)
            .map { (role: $0.key, count: $0.value.count) }
            .sorted { ($0.count, $1.role) > ($1.count, $0.role) }
        let years = Set(profile.holidays.map(\.day.year)).sorted()
        return """
            \(profile.name.zh) · \(profile.name.en) (\(profile.code)\(version))
              division   \(profile.divisionCode), tracking \(profile.trackingPrefix), \(profile.timeZone)
              grids      \(levels.joined(separator: " + "))
              posts      \(profile.posts.count): \(roles.map { "\($0.count) \($0.role)" }.joined(separator: ", "))
              units      \(profile.units.count)
              sources    \(profile.sources.map(\.code.rawValue).joined(separator: ", "))
              catalogue  \(profile.categories.count) categories, \(profile.conditions.count) filing conditions
              policy     \(profile.policy.rules.map(\.id).joined(separator: " → "))
              holidays   \(years.map(String.init).joined(separator: ", "))
            """
    }
}

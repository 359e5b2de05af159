/// What is counted. The raw value is the column of `analytics.daily`, `daily_points` or `present` that counts it; what
/// each means is said there, on view `analytics.cases`.
enum Measure: String, Sendable, CaseIterable {
    // Of the cases reported in a period.
    case reported
    case reports
    case onTheSpot = "on_the_spot"
    case due
    case handled
    case onTime = "on_time"
    case closed
    case reworked
    case breached
    // Of the claims resolved in a period.
    case pointsPosted = "points_posted"
    case pointsResolved = "points_resolved"
    // As things stand.
    case open
    case overdue
    /// Reported in the period or open now.
    case inWork = "in_work"

    /// The measures of `analytics.daily`, in the order of its columns.
    static let daily: [Measure] = [
        .reported, .reports, .onTheSpot, .due, .handled, .onTime, .closed, .reworked, .breached,
    ]
}

/// A count for each measure; 0 where nothing was counted.
struct Counts: Hashable, Sendable {
    private var values: [Measure: Int64] = [:]

    subscript(measure: Measure) -> Int64 {
        get { values[measure] ?? 0 }
        set { values[measure] = newValue == 0 ? nil : newValue }
    }
}

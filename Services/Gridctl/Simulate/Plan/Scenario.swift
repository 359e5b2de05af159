import City

/// Which month of a city is simulated, and how much happens in it.
///
/// The same scenario over the same version of a city gives the same plan, byte for byte.
struct Scenario: Hashable, Sendable {
    var seed: UInt64
    /// First day of the month.
    var month: CivilDay
    /// Different matters: the cases that count.
    var events: Int
    /// How many of them are handled by whoever finds them.
    var onTheSpot: Int
    var mix = Mix()

    /// What comes on top of the matters, and how work on them goes; parts of 1.
    struct Mix: Hashable, Sendable {
        /// Of all matters: handled after their deadline.
        var late = 0.03
        /// Of all matters: their report is sent once more, unchanged.
        var repeated = 0.012
        /// Of all matters: their id is used once more for other content.
        var conflicting = 0.002
        /// Of all matters: so many inputs beside them that must be refused.
        var malformed = 0.015
        /// Of the matters not handled on the spot: somebody else reports them, too.
        var echoed = 0.06
        /// Of the same: reported without coordinates, so that the manual desk must find them.
        var unlocated = 0.02
        /// Of the same: somebody reports what is none of the city's business, which is declined and does not count.
        var strays = 0.01
        /// Of the same: sent back by whoever got it first.
        var returned = 0.03
        /// Of the same: fails the first closing check.
        var reworked = 0.03
    }

    /// Matters so large that the whole city is commanded: a few a month.
    var majors: Int { min(events - onTheSpot, max(1, events / 3_000)) }

    var begin: CivilDay { month }
    var days: Int { CivilDay.days(inMonth: month.month, of: month.year) }

    /// `2025-11`
    var name: String { String(month.iso8601.prefix(7)) }
}

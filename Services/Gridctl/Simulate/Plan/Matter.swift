import City

/// One thing that happens in the city: what every report of it is about, and how work on it will go.
struct Matter: Hashable, Sendable {
    /// How its first report says where it is.
    enum Locating: Hashable, Sendable {
        case coordinates
        /// By the code of its grid.
        case grid
        /// By words only; the manual desk must find it.
        case address
    }

    /// Position in the plan.
    let number: Int
    let source: SourceCode
    let condition: ConditionCode
    /// The smallest grid it lies in.
    let grid: GridCode
    /// WGS84.
    let place: Coordinate
    let address: String
    let locating: Locating
    let occurredAt: Timestamp
    /// Who found it, when that was staff.
    let finder: PostCode?
    /// When the finder handled it; nil when others must.
    let handledAt: Timestamp?
    /// Somebody else reports it, too, so it must not be handled before that.
    let isEchoed: Bool
    /// None of the city's business: it will be declined.
    let isStray: Bool
    let tempo: Tempo

    var isOnTheSpot: Bool { handledAt != nil }

    /// How people will work on it; all of it drawn beforehand, so that the plan decides and not the order of answers.
    struct Tempo: Hashable, Sendable {
        /// Seconds from dispatch to acceptance.
        var acceptSeconds: Int64
        /// Work is reported as begun, not only as done.
        var reportsStart: Bool
        /// Part of the limit after which it is handled, in per cent; above 100 is late.
        var handlePercent: Int
        /// Spread over the moment that gives.
        var handleJitterSeconds: Int64
        /// Seconds from handling to the closing check.
        var checkSeconds: Int64
        var isReturnedFirst: Bool
        var failsFirstCheck: Bool
        /// Decides among posts of equal standing, and how points are reviewed.
        var lot: Int
    }
}

extension Matter.Tempo {
    /// - Parameter isLate: It will be handled after its deadline.
    init(_ random: inout SeededRandom, mix: Scenario.Mix, isLate: Bool) {
        let hurry = random.unit()
        // Most accept with one key at once, most others before the first warning at half of the quarter of an hour.
        acceptSeconds =
            switch hurry {
            case ..<0.74: Int64(random.integer(in: 12...32))
            case ..<0.95: Int64(random.integer(in: 90...410))
            case ..<0.992: Int64(random.integer(in: 480...870))
            default: Int64(random.integer(in: 960...2_400))
            }
        reportsStart = random.happens(0.6)
        let diligence = random.unit()
        handlePercent =
            switch diligence {
            case _ where isLate: random.integer(in: 106...150)
            case ..<0.7: random.integer(in: 12...44)
            case ..<0.9: random.integer(in: 52...74)
            default: random.integer(in: 82...93)
            }
        handleJitterSeconds = Int64(random.integer(in: 0...240))
        let care = random.unit()
        checkSeconds =
            switch care {
            case ..<0.5: Int64(random.integer(in: 20...48))
            case ..<0.9: Int64(random.integer(in: 120...780))
            case ..<0.985: Int64(random.integer(in: 960...1_700))
            default: Int64(random.integer(in: 1_900...4_000))
            }
        isReturnedFirst = random.happens(mix.returned)
        failsFirstCheck = random.happens(mix.reworked)
        lot = random.integer(in: 0...999_999)
    }
}

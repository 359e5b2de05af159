import City

/// Draws moments of a month as a feed's days and hours are busy.
struct MonthCurve: Sendable {
    private let zone: TimeZoneRules
    private let days: [CivilDay]
    private let dayWeights: WeightedChoice
    private let hourWeights: WeightedChoice

    init(_ manner: FeedManner, scenario: Scenario, zone: TimeZoneRules) {
        self.zone = zone
        let days = (0..<scenario.days).map { scenario.begin.adding(days: $0) }
        self.days = days
        dayWeights = WeightedChoice(days.map { manner.weight(of: $0.weekday) })
        hourWeights = WeightedChoice(manner.hours)
    }

    func moment(_ random: inout SeededRandom) -> Timestamp {
        let day = days[dayWeights.draw(&random)]
        let second = hourWeights.draw(&random) * 3_600 + random.integer(in: 0...3_599)
        return zone.timestamp(of: day, secondOfDay: second)
    }
}

/// Draws positions of a list in proportion to weights.
struct WeightedChoice: Sendable {
    private let sums: [Double]

    /// - Parameter weights: Not negative, at least one above zero.
    init(_ weights: [Double]) {
        var sum = 0.0
        sums = weights.map {
            sum += $0
            return sum
        }
        precondition(sum > 0, "nothing to choose from")
    }

    func draw(_ random: inout SeededRandom) -> Int {
        let mark = random.unit() * (sums.last ?? 0)
        var low = 0
        var high = sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > mark { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension SeededRandom {
    /// Whether something of that probability happens.
    mutating func happens(_ probability: Double) -> Bool { unit() < probability }

    /// One of the elements, which must not be none.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[integer(in: 0...elements.count - 1)]
    }
}

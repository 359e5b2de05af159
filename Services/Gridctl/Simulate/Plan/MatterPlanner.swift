import City

/// Draws the matters of a month: exactly as many as the scenario asks for, exactly as many handled on the spot.
struct MatterPlanner {
    private let city: City
    private let scenario: Scenario
    private let end: Timestamp
    private var places: MatterPlaces
    private var random: SeededRandom
    private let feeds: [Feed]
    private let addresses: Addresses

    /// A source with what is drawn for it.
    private struct Feed {
        let source: Source
        let manner: FeedManner
        let curve: MonthCurve
        /// By severity; none where the feed tells of nothing so severe.
        let conditions: [Severity: (choice: WeightedChoice, of: [FilingCondition])]
    }

    /// - Parameter end: The last moment that is simulated.
    init(city: City, scenario: Scenario, end: Timestamp) {
        self.city = city
        self.scenario = scenario
        self.end = end
        places = MatterPlaces(city: city)
        addresses = Addresses(city: city)
        random = SeededRandom(seed: scenario.seed, part: 1)
        var popularity = SeededRandom(seed: scenario.seed, part: 2)
        let weights = Dictionary(
            uniqueKeysWithValues: city.profile.categories.map { ($0.code, 0.3 + 1.7 * popularity.unit()) })
        feeds = city.profile.sources.map { source in
            let manner = FeedManner(source)
            return Feed(
                source: source, manner: manner, curve: MonthCurve(manner, scenario: scenario, zone: city.calendar.zone),
                conditions: Self.conditions(of: city, manner: manner, popularity: weights))
        }
    }

    /// The matters in the order of their numbers, which is not that of time, and strays after them.
    mutating func draw() -> [Matter] {
        let others = scenario.events - scenario.onTheSpot
        var severities = [Severity](repeating: .major, count: scenario.majors)
        while severities.count < others { severities.append(random.happens(0.38) ? .larger : .general) }
        // Those that others must handle come first, so that the many handled on the spot keep away from them.
        var matters = severities.enumerated().map { open($0.offset, severity: $0.element) }
        markLate(&matters)
        for number in others..<scenario.events { matters.append(handledOnTheSpot(number)) }
        let strays = Int((Double(others) * scenario.mix.strays).rounded())
        for number in scenario.events..<scenario.events + strays {
            matters.append(open(number, severity: .general, isStray: true))
        }
        return matters
    }

    // MARK: One matter

    private mutating func open(_ number: Int, severity: Severity, isStray: Bool = false) -> Matter {
        let (feed, condition) = feedAndCondition(for: severity, isStray: isStray)
        let (grid, place) = places.draw(condition.code, keepsOthersAway: true, &random)
        let lot = random.unit()
        let locating: Matter.Locating =
            isStray || lot < scenario.mix.unlocated ? .address : lot < scenario.mix.unlocated * 2 ? .grid : .coordinates
        let staffed = feed.source.staffed
        let isEchoed =
            locating == .coordinates && !staffed && severity != .major && random.happens(scenario.mix.echoed)
        return Matter(
            number: number, source: feed.source.code, condition: condition.code, grid: grid.code, place: place,
            address: addresses.draw(in: grid.code, &random), locating: staffed ? .coordinates : locating,
            occurredAt: moment(feed), finder: staffed ? finder(in: grid.code) : nil, handledAt: nil,
            isEchoed: isEchoed, isStray: isStray,
            tempo: Matter.Tempo(&random, mix: scenario.mix, isLate: false))
    }

    private mutating func handledOnTheSpot(_ number: Int) -> Matter {
        let staffed = feeds.filter { $0.source.staffed }
        let feed = random.pick(staffed.isEmpty ? feeds : staffed)
        let condition = self.condition(feed, .general)
        let (grid, place) = places.draw(condition.code, keepsOthersAway: false, &random)
        let occurredAt = moment(feed)
        let handledAt = min(occurredAt.advanced(bySeconds: Int64(random.integer(in: 90...2_100))), end)
        return Matter(
            number: number, source: feed.source.code, condition: condition.code, grid: grid.code, place: place,
            address: addresses.draw(in: grid.code, &random), locating: .coordinates, occurredAt: occurredAt,
            finder: finder(in: grid.code), handledAt: handledAt, isEchoed: false, isStray: false,
            tempo: Matter.Tempo(&random, mix: scenario.mix, isLate: false))
    }

    /// A moment that leaves time to publish before the end.
    private mutating func moment(_ feed: Feed) -> Timestamp {
        while true {
            let moment = feed.curve.moment(&random)
            if moment < end.advanced(bySeconds: -1_800) { return moment }
        }
    }

    private mutating func finder(in grid: GridCode) -> PostCode? {
        let own = city.posts(in: grid).filter { $0.unit == nil }
        let workers = own.filter { $0.role.hasSuffix("worker") }
        guard let first = own.first else { return nil }
        if !workers.isEmpty, random.happens(0.5) { return random.pick(workers).code }
        return own.count == 1 ? first.code : random.pick(own).code
    }

    private mutating func feedAndCondition(for severity: Severity, isStray: Bool) -> (Feed, FilingCondition) {
        // Staff handle general matters themselves; strays come from people who call.
        let able = feeds.filter { feed in
            feed.conditions[severity] != nil && !(feed.source.staffed && severity == .general)
                && !(isStray && feed.manner != .hotline)
        }
        let feeds = able.isEmpty ? self.feeds.filter { $0.conditions[severity] != nil } : able
        let feed = feeds[WeightedChoice(feeds.map(\.manner.weight)).draw(&random)]
        return (feed, condition(feed, severity))
    }

    private mutating func condition(_ feed: Feed, _ severity: Severity) -> FilingCondition {
        let known = feed.conditions[severity] ?? feed.conditions[.general] ?? feed.conditions.values.first
        guard let known else { preconditionFailure("the catalogue has no filing condition") }
        return known.of[known.choice.draw(&random)]
    }

    private static func conditions(
        of city: City, manner: FeedManner, popularity: [CategoryCode: Double]
    ) -> [Severity: (choice: WeightedChoice, of: [FilingCondition])] {
        var found: [Severity: (choice: WeightedChoice, of: [FilingCondition])] = [:]
        for severity in Severity.allCases {
            let conditions = city.profile.conditions.filter { $0.severity == severity }
            let weights = conditions.map { condition -> Double in
                guard let category = city.category(condition.category) else { return 0 }
                // Within a category the first conditions of the catalogue are the usual ones.
                let place = city.conditions(of: category.code).firstIndex { $0.code == condition.code } ?? 0
                return manner.weight(of: category.kind) * (popularity[category.code] ?? 1) / Double(place + 1)
            }
            if weights.contains(where: { $0 > 0 }) { found[severity] = (WeightedChoice(weights), conditions) }
        }
        return found
    }

    // MARK: Late

    /// Chooses which matters are handled late, among those whose deadline leaves time for that.
    private mutating func markLate(_ matters: inout [Matter]) {
        var wanted = Int((Double(scenario.events) * scenario.mix.late).rounded())
        var eligible = matters.indices.filter { index in
            let matter = matters[index]
            guard matter.condition.severity(in: city) != .major, let limit = city.condition(matter.condition)?.limit
            else { return false }
            let latest = city.calendar.moment(from: matter.occurredAt, limit: limit, percent: 170).at
            return latest < end.advanced(bySeconds: -86_400)
        }
        while wanted > 0, !eligible.isEmpty {
            let index = eligible.remove(at: random.integer(in: 0...eligible.count - 1))
            matters[index] = matters[index].with(
                Matter.Tempo(&random, mix: scenario.mix, isLate: true))
            wanted -= 1
        }
    }
}

extension ConditionCode {
    fileprivate func severity(in city: City) -> Severity? { city.condition(self)?.severity }
}

extension Matter {
    fileprivate func with(_ tempo: Tempo) -> Matter {
        Matter(
            number: number, source: source, condition: condition, grid: grid, place: place, address: address,
            locating: locating, occurredAt: occurredAt, finder: finder, handledAt: handledAt, isEchoed: isEchoed,
            isStray: isStray, tempo: tempo)
    }
}

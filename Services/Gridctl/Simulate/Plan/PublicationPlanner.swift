import City

/// Writes down what is published of each matter, and what comes beside it: repeats, conflicts, echoes, bad input.
struct PublicationPlanner {
    private let city: City
    private let scenario: Scenario
    private let begin: Timestamp
    private let end: Timestamp
    private let texts: FeedTexts
    private let places: MatterPlaces
    private let addresses: Addresses
    private let manners: [SourceCode: FeedManner]
    private var random: SeededRandom
    private var extra = 0
    private(set) var canaries = Canaries()
    private(set) var publications: [Publication] = []

    private var zone: TimeZoneRules { city.calendar.zone }

    init(city: City, scenario: Scenario, begin: Timestamp, end: Timestamp) {
        self.city = city
        self.scenario = scenario
        self.begin = begin
        self.end = end
        texts = FeedTexts(city: city)
        places = MatterPlaces(city: city)
        addresses = Addresses(city: city)
        manners = Dictionary(uniqueKeysWithValues: city.profile.sources.map { ($0.code, FeedManner($0)) })
        random = SeededRandom(seed: scenario.seed, part: 3)
    }

    mutating func publish(_ matter: Matter) {
        let draft = draft(of: matter)
        let manner = manner(of: matter.source)
        let ready = matter.handledAt ?? matter.occurredAt
        let at = earlier(ready.advanced(bySeconds: Int64(random.integer(in: matter.isOnTheSpot ? 5...240 : 60...540))))
        let latest = earlier(at.advanced(bySeconds: manner.patienceSeconds))
        add(draft, at: at, latest: latest, .accepted, matter: matter.number)
        if random.happens(scenario.mix.repeated) {
            add(draft, at: later(latest), latest: nil, .repeated, matter: matter.number)
        }
        if random.happens(scenario.mix.conflicting) {
            var other = draft
            other.text += "（更正）"
            other.title += "（更正）"
            add(other, at: later(latest), latest: nil, .conflict, matter: matter.number)
        }
        if matter.isEchoed { echo(matter, after: at) }
    }

    /// Input that must be refused, spread over the month.
    mutating func publishBadInput(_ count: Int) {
        let sources = city.profile.sources
        for index in 0..<count {
            // Each kind in turn, so that all occur whatever the count.
            let kind = BadInput.allCases[index % BadInput.allCases.count]
            let able = sources.filter { kind.needsStaff == nil || $0.staffed == kind.needsStaff }
            guard !able.isEmpty else { continue }
            spoil(random.pick(able), kind)
        }
    }

    // MARK: Times

    private func earlier(_ moment: Timestamp) -> Timestamp { min(moment, end.advanced(bySeconds: -60)) }

    /// Surely at a later stop of the clock than something published at `latest`.
    private mutating func later(_ latest: Timestamp) -> Timestamp {
        min(latest.advanced(bySeconds: Int64(random.integer(in: 120...7_200))), end)
    }

    // MARK: Drafts

    private func manner(of source: SourceCode) -> FeedManner { manners[source] ?? .hotline }

    private mutating func draft(of matter: Matter) -> EventDraft {
        let manner = manner(of: matter.source)
        let wording =
            matter.isStray
            ? texts.stray(&random) : texts.draw(matter.condition, at: matter.address, manner, &random)
        var draft = EventDraft(
            id: id(manner, matter.occurredAt, matter.number), source: matter.source.rawValue,
            occurredAt: matter.occurredAt.rfc3339(in: zone), condition: matter.condition.rawValue,
            title: wording.title, text: wording.text, address: matter.address)
        switch matter.locating {
        case .coordinates: draft.location = location(matter.place, in: matter.grid, source: matter.source)
        case .grid: draft.grid = matter.grid.rawValue
        case .address: break
        }
        draft.finder = matter.finder?.rawValue
        if let handledAt = matter.handledAt {
            let needsEvidence = city.condition(matter.condition)?.needsEvidence == true
            draft.onTheSpot = .init(
                handledAt: handledAt.rfc3339(in: zone), note: FeedTexts.handled(matter.tempo.lot),
                evidence: needsEvidence || random.happens(0.3) ? Evidence.references(draft.id, matter.tempo.lot) : [])
        }
        if manner != .patrol, manner != .camera { addPersonalData(to: &draft) }
        return draft
    }

    /// What people say of themselves: it must never leave intake.
    private mutating func addPersonalData(to draft: inout EventDraft) {
        if random.happens(0.7) {
            draft.contact = [
                ("name", random.pick(["王女士", "李先生", "张女士", "刘先生", "陈女士", "杨先生"])), ("phone", canaries.phone()),
            ]
            if random.happens(0.1) { draft.contact.append(("identity", canaries.identity())) }
        }
        if random.happens(0.15) { draft.text += "联系电话\(canaries.spokenPhone(&random))。" }
        if random.happens(0.04) { draft.text += "本人身份证\(canaries.identity())。" }
    }

    /// A place as the source tells it: in its own datum, or in another that it names.
    private mutating func location(_ place: Coordinate, in grid: GridCode, source: SourceCode) -> EventDraft.Location {
        let own = city.source(source)?.datum ?? .wgs84
        let told = random.happens(0.12) ? random.pick(Datum.allCases) : own
        let degrees = place.fromWGS84(to: told)
        func rounded(_ value: Double) -> Double { (value * 1e7).rounded() / 1e7 }
        return .init(
            longitude: rounded(degrees.longitude), latitude: rounded(degrees.latitude),
            datum: told != own || random.happens(0.2) ? told.rawValue : nil)
    }

    private func id(_ manner: FeedManner, _ moment: Timestamp, _ number: Int, suffix: String = "") -> String {
        let day = zone.day(of: moment).iso8601.filter { $0 != "-" }
        return "\(manner.idPrefix)\(day)-\(String(scenario.seed, radix: 36))-\(number)\(suffix)"
    }

    // MARK: Beside the matters

    /// Somebody else tells of the same matter, from a few metres off, soon after.
    private mutating func echo(_ matter: Matter, after first: Timestamp) {
        let unstaffed = city.profile.sources.filter { !$0.staffed }
        let source = random.pick(unstaffed)
        let manner = FeedManner(source)
        let at = earlier(first.advanced(bySeconds: Int64(random.integer(in: 60...900))))
        let place = places.near(matter.place, in: matter.grid, &random)
        let wording = texts.echo(matter.condition, at: matter.address, manner, &random)
        extra += 1
        var draft = EventDraft(
            id: id(manner, matter.occurredAt, matter.number, suffix: "e\(extra)"), source: source.code.rawValue,
            occurredAt: matter.occurredAt.advanced(bySeconds: Int64(random.integer(in: 20...50))).rfc3339(in: zone),
            condition: matter.condition.rawValue, title: wording.title, text: wording.text, address: matter.address)
        draft.location = location(place, in: matter.grid, source: source.code)
        if manner != .camera { addPersonalData(to: &draft) }
        add(draft, at: at, latest: earlier(at.advanced(bySeconds: 300)), .accepted, matter: matter.number)
    }

    private mutating func spoil(_ source: Source, _ kind: BadInput) {
        let manner = FeedManner(source)
        let curve = MonthCurve(manner, scenario: scenario, zone: zone)
        let at = max(min(curve.moment(&random), end.advanced(bySeconds: -600)), begin.advanced(bySeconds: 7_200))
        let needsEvidence = kind.needsStaff == true
        let conditions = city.profile.conditions.filter { $0.needsEvidence || !needsEvidence }
        guard let condition = conditions.isEmpty ? nil : random.pick(conditions) else { return }
        let grid = random.pick(city.leaves.filter { !city.posts(in: $0.code).isEmpty })
        var places = places
        let (_, place) = places.draw(condition.code, keepsOthersAway: false, &random)
        let occurredAt = at.advanced(bySeconds: -Int64(random.integer(in: 1_500...3_600)))
        let address = addresses.draw(in: grid.code, &random)
        let wording = texts.draw(condition.code, at: address, manner, &random)
        extra += 1
        var draft = EventDraft(
            id: id(manner, at, extra, suffix: "b"), source: source.code.rawValue,
            occurredAt: occurredAt.rfc3339(in: zone), condition: condition.code.rawValue, title: wording.title,
            text: wording.text, address: address)
        let degrees = place.fromWGS84(to: source.datum)
        draft.location = .init(longitude: degrees.longitude, latitude: degrees.latitude)
        if needsEvidence {
            draft.finder = city.posts(in: grid.code).first?.code.rawValue
            draft.onTheSpot = .init(handledAt: at.rfc3339(in: zone), note: "已处理", evidence: ["photo/1.jpg"])
        }
        if manner != .patrol, manner != .camera { addPersonalData(to: &draft) }
        let other = city.profile.sources.first { $0.code != source.code }?.code.rawValue ?? "nobody-knows"
        let post = city.posts(in: grid.code).first?.code.rawValue ?? ""
        let body = kind.spoil(draft, now: at, zone: zone, elsewhere: (source: other, post: post))
        publications.append(
            Publication(
                at: at, latest: at.advanced(bySeconds: manner.patienceSeconds), source: source.code, id: draft.id,
                body: body, form: random.happens(0.3) ? .single : .line, expectation: .rejected(slug: kind.slug),
                matter: nil))
    }

    private mutating func add(
        _ draft: EventDraft, at: Timestamp, latest: Timestamp?, _ expectation: Publication.Expectation, matter: Int?
    ) {
        let source = SourceCode(draft.source)
        let lot = random.unit()
        let form: Publication.Form = lot < 0.03 ? .binary : lot < 0.07 ? .single : .batched
        publications.append(
            Publication(
                at: at, latest: latest ?? at.advanced(bySeconds: 14_400), source: source, id: draft.id,
                body: form == .binary ? draft.data : draft.structured, form: form, expectation: expectation,
                matter: matter))
    }
}

/// Names of pictures that prove something was done.
enum Evidence {
    static func references(_ name: String, _ lot: Int) -> [String] {
        (1...1 + lot % 2).map { "photo/\(name)-\($0).jpg" }
    }
}

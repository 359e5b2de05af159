import City
import Messages

/// What the people of the city do next about a case: who, what, when. Pure: follows from the case as it stands and from
/// the tempo drawn for its matter.
struct Behaviour: Sendable {
    /// Somebody's next step.
    struct Step: Hashable, Sendable {
        var post: PostCode
        var action: Action
        var window: Window
    }

    enum Action: Hashable, Sendable {
        case accept
        case start
        case handle(note: String, evidence: [String])
        case sendBack(reason: String)
        case check(passed: Bool, reason: String?)
        case dispatch(to: PostCode, reason: String)
        case locate(grid: GridCode)
        case decline(reason: String)
        /// A node confirms a command.
        case acknowledge(node: String)

        /// The action's name in the API.
        var slug: String {
            switch self {
            case .accept: "accept"
            case .start: "start"
            case .handle: "handle"
            case .sendBack: "return"
            case .check: "check"
            case .dispatch: "dispatch"
            case .locate: "locate"
            case .decline: "decline"
            case .acknowledge: "acknowledge"
            }
        }
    }

    private static let dispatcherRole = "dispatcher"
    private static let checkerRole = "closing-checker"
    /// Longest a step that no clock hurries may wait for a stop of the suite's clock, in seconds.
    private static let patienceSeconds: Int64 = 2_700
    /// An echoed matter is not handled before its second report has come.
    private static let echoSeconds: Int64 = 2_700

    private let city: City
    private let dispatchers: [PostCode]
    private let checkers: [PostCode]

    init(city: City) {
        self.city = city
        func posts(_ role: String) -> [PostCode] { city.profile.posts.filter { $0.role == role }.map(\.code).sorted() }
        dispatchers = posts(Self.dispatcherRole)
        checkers = posts(Self.checkerRole)
    }

    /// The next step on a case; nil when nobody need do anything, or nobody can.
    ///
    /// - Parameter now: When this is asked: no step is before it.
    func next(_ one: PublicCase, of matter: Matter, now: Timestamp) -> Step? {
        let tempo = matter.tempo
        switch one.state {
        case .reported:
            let action: Action =
                matter.isStray ? .decline(reason: FeedTexts.declined(tempo.lot)) : .locate(grid: matter.grid)
            return dispatcher(tempo).map {
                Step(post: $0, action: action, window: soon(now, after: tempo.acceptSeconds * 4))
            }
        case .filed, .returned:
            guard let post = dispatcher(tempo), let lead = substitute(one) else { return nil }
            let action = Action.dispatch(to: lead, reason: "核实权属后重新派遣")
            return Step(post: post, action: action, window: soon(now, after: 120 + tempo.acceptSeconds))
        case .dispatched:
            guard let post = one.assignee, let since = one.dispatchedAt else { return nil }
            let isReturned = tempo.isReturnedFirst && one.returns == 0 && one.path != .command
            return Step(
                post: post, action: isReturned ? .sendBack(reason: FeedTexts.returned(tempo.lot)) : .accept,
                window: window(
                    since.advanced(bySeconds: tempo.acceptSeconds), now: now, since, city.profile.policy.clocks.accept))
        case .accepted where tempo.reportsStart && one.reworks == 0:
            guard let post = one.assignee else { return nil }
            return Step(post: post, action: .start, window: soon(now, after: 10))
        case .accepted, .handling:
            return handling(one, of: matter, now: now)
        case .handled:
            return check(one, of: matter, now: now)
        case .closed, .declined, .void:
            return nil
        }
    }

    /// Who sends the receipt of a node: the post itself, or somebody of the unit.
    func post(ofNode node: String) -> PostCode? {
        if let post = city.post(PostCode(node)) { return post.code }
        let unit = UnitCode(node)
        return city.profile.posts.first { $0.unit == unit }?.code
    }

    // MARK: Stages

    private func handling(_ one: PublicCase, of matter: Matter, now: Timestamp) -> Step? {
        guard let post = one.assignee, let since = one.acceptedAt else { return nil }
        let limit = city.condition(one.condition)?.limit ?? city.profile.policy.clocks.defaultHandling
        // Whoever does it again is quick about it.
        let percent = one.reworks > 0 ? min(matter.tempo.handlePercent, 30) : matter.tempo.handlePercent
        var moment = city.calendar.moment(from: since, limit: limit, percent: percent).at
            .advanced(bySeconds: matter.tempo.handleJitterSeconds)
        if matter.isEchoed { moment = max(moment, one.reportedAt.advanced(bySeconds: Self.echoSeconds)) }
        let name = "\(one.number)-\(one.reworks)"
        let needsEvidence = city.condition(one.condition)?.needsEvidence == true
        let action = Action.handle(
            note: FeedTexts.handled(matter.tempo.lot),
            evidence: needsEvidence ? Evidence.references(name, matter.tempo.lot) : [])
        return Step(post: post, action: action, window: window(moment, now: now, since, limit))
    }

    private func check(_ one: PublicCase, of matter: Matter, now: Timestamp) -> Step? {
        let able = checkers.filter { $0 != one.handler }
        guard !able.isEmpty, let since = one.handledAt else { return nil }
        let tempo = matter.tempo
        let fails = tempo.failsFirstCheck && one.reworks == 0 && one.path != .command
        return Step(
            post: able[tempo.lot % able.count],
            action: .check(passed: !fails, reason: fails ? FeedTexts.reworked(tempo.lot) : nil),
            window: window(
                since.advanced(bySeconds: tempo.checkSeconds), now: now, since, city.profile.policy.clocks.check))
    }

    private func dispatcher(_ tempo: Matter.Tempo) -> PostCode? {
        dispatchers.isEmpty ? nil : dispatchers[tempo.lot % dispatchers.count]
    }

    /// Who gets a case that was sent back, or that nobody was found for: whoever leads the grid, or the next one above.
    private func substitute(_ one: PublicCase) -> PostCode? {
        let grid = one.grid ?? city.root.code
        return ([grid] + city.ancestors(of: grid).map(\.code)).lazy.compactMap { code in
            city.posts(in: code).first { $0.role.hasSuffix("leader") }?.code
        }.first
    }

    // MARK: Windows

    private func soon(_ now: Timestamp, after seconds: Int64) -> Window {
        let opens = now.advanced(bySeconds: seconds)
        return Window(opens: opens, closes: opens.advanced(bySeconds: Self.patienceSeconds))
    }

    /// From a planned moment until just before the clock of the stage passes its next mark, so that the mark is passed
    /// only by those who were meant to pass it.
    private func window(_ moment: Timestamp, now: Timestamp, _ since: Timestamp, _ limit: TimeLimit) -> Window {
        let opens = max(moment, now)
        let marks = city.profile.policy.clocks.warnAtPercent + [100]
        let next = marks.lazy.map { city.calendar.moment(from: since, limit: limit, percent: $0).at }
            .first { $0 > opens.advanced(bySeconds: 1) }
        let patient = opens.advanced(bySeconds: Self.patienceSeconds)
        let closes = min(next?.advanced(bySeconds: -1) ?? patient, patient)
        return Window(opens: opens, closes: max(opens, closes))
    }
}

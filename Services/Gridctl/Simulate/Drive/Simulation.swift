import City
import Messages
import Postgres
import ServiceKit

/// Plays a month of a city against a running suite: feeds that publish, people who work, reviewers, and the clock.
///
/// The suite's clock stands still while things happen and then jumps to when something must happen next, so that clocks
/// fire exactly as they would in a month of real time. What was answered is recorded before the clock moves on.
actor Simulation {
    /// What came of it.
    struct Summary: Sendable {
        var published = 0
        var acts = 0
        var refusedActs = 0
        var reviewed = 0
        var stops = 0
        /// Inputs whose answer was not the expected one.
        var surprises: [String] = []
    }

    private enum Item {
        case publication(Int)
        case step(CaseID, Behaviour.Step, Stage)
        /// Receipts of a command, a wave of them.
        case receipts(CaseID, wave: Int)
        case reviews
    }

    /// What a planned step rests on: if the case has moved meanwhile, the step is planned anew.
    private struct Stage: Hashable {
        var state: CaseState
        var returns: Int
        var reworks: Int

        init(_ one: PublicCase) {
            state = one.state
            returns = one.returns
            reworks = one.reworks
        }
    }

    /// Steps at most this far ahead of the clock are taken at once; the router takes them up to a minute ahead.
    private static let aheadSeconds: Int64 = 50
    /// Second of the day at which points are reviewed.
    private static let reviewSecond = 20 * 3_600 + 1_800

    private let plan: MonthPlan
    private let behaviour: Behaviour
    private let pool: PostgresPool
    private let watch: SuiteWatch
    private let intake: IntakeClient
    private let staff: StaffClient
    private let truth: TruthFile?
    private let progress: SimulationProgress
    private let eventsPerSecond: Double?
    private var agenda: Agenda<Item>
    private var matterOfCase: [CaseID: Int] = [:]
    /// Reports whose case is not known yet, with their matters.
    private var unfiled: [(report: Int64, matter: Int)] = []
    private var reviews: ClaimReviews
    private var summary = Summary()

    /// - Parameters:
    ///   - truth: Where answers are recorded.
    ///   - eventsPerSecond: Inputs published in a second of real time at most; nil: as many as can be.
    init(
        city: City, plan: MonthPlan, pool: PostgresPool, intake: IntakeClient, staff: StaffClient,
        truth: sending TruthFile?, progress: sending SimulationProgress, eventsPerSecond: Double? = nil
    ) {
        self.plan = plan
        self.pool = pool
        self.intake = intake
        self.staff = staff
        self.truth = truth
        self.progress = progress
        self.eventsPerSecond = eventsPerSecond
        behaviour = Behaviour(city: city)
        reviews = ClaimReviews(city: city)
        watch = SuiteWatch(pool: pool)
        agenda = Agenda(begin: plan.begin, end: plan.end)
        for (index, publication) in plan.publications.enumerated() {
            agenda.add(.publication(index), Window(opens: publication.at, closes: publication.latest))
        }
        for day in 0..<plan.scenario.days {
            let moment = city.calendar.zone.timestamp(
                of: plan.scenario.begin.adding(days: day), secondOfDay: Self.reviewSecond)
            agenda.add(.reviews, Window(opens: moment, closes: moment.advanced(bySeconds: 900)))
        }
    }

    /// Plays the month to its end.
    ///
    /// - Throws: ``CommandFailure`` when the suite does not answer or never comes to rest.
    func run() async throws -> Summary {
        truth?.begin(plan)
        let started = ContinuousClock().now
        try await watch.setClock(plan.begin)
        while let (now, due) = agenda.advance() {
            try Task.checkCancellation()
            try await watch.wait(for: .clocksAgree)
            try await watch.setClock(now)
            summary.stops += 1
            try await take(due, now: now)
            try truth?.flush()
            progress.show(now: now, published: summary.published, acts: summary.acts)
            if let eventsPerSecond {
                let planned = Duration.seconds(Double(summary.published) / eventsPerSecond)
                try await Task.sleep(until: started + planned)
            }
        }
        try await watch.wait(for: .complete)
        try truth?.end(at: plan.end)
        progress.finish()
        return summary
    }

    /// Does what is due at a stop of the clock.
    private func take(_ due: [Item], now: Timestamp) async throws {
        var publications: [Int] = []
        var steps: [(CaseID, Behaviour.Step, Stage)] = []
        var receipts: [(CaseID, Int)] = []
        var isReviewDue = false
        for item in due {
            switch item {
            case .publication(let index): publications.append(index)
            case .step(let id, let step, let stage): steps.append((id, step, stage))
            case .receipts(let id, let wave): receipts.append((id, wave))
            case .reviews: isReviewDue = true
            }
        }
        var ready = try await publish(publications, now: now)
        ready += try await confirm(steps, now: now)
        try await work(ready, now: now)
        for (id, wave) in receipts { try await acknowledge(id, wave: wave, now: now) }
        if isReviewDue { try await review() }
    }

    // MARK: Publishing

    /// - Returns: First steps on new cases that are due at once.
    private func publish(_ indices: [Int], now: Timestamp) async throws -> [(CaseID, Behaviour.Step)] {
        guard !indices.isEmpty else { return [] }
        let publications = indices.map { plan.publications[$0] }
        let answers = try await intake.publish(publications, asLines: summary.stops % 3 == 0)
        var needsCase = false
        for (publication, answer) in zip(publications, answers) {
            summary.published += 1
            truth?.note(publication, answer)
            if !answer.meets(publication.expectation) { surprise(publication, answer) }
            guard publication.expectation == .accepted, let matter = publication.matter, let tracking = answer.tracking,
                let report = CaseLookup.report(ofTracking: tracking)
            else { continue }
            unfiled.append((report, matter))
            if !plan.matters[matter].isOnTheSpot { needsCase = true }
        }
        // What was handled on the spot asks for nobody; its case is looked up when points are reviewed.
        return needsCase ? try await begin(now: now) : []
    }

    private func surprise(_ publication: Publication, _ answer: IntakeClient.Answer) {
        let reasons = answer.slugs.joined(separator: " ")
        summary.surprises.append(
            "\(publication.source) \(publication.id): \(publication.expectation), answered \(answer.code) \(reasons)")
    }

    /// Learns which cases reports became, and plans the first steps on new ones.
    private func begin(now: Timestamp) async throws -> [(CaseID, Behaviour.Step)] {
        try await watch.wait(for: .filed)
        let reports = unfiled
        let cases = try await pool.withSession { session in
            try CaseLookup.cases(ofReports: reports.map(\.report), session: session)
        }
        unfiled.removeAll { cases[$0.report] != nil }
        var new: [CaseID] = []
        for (report, matter) in reports {
            guard let id = cases[report], matterOfCase[id] == nil else { continue }
            matterOfCase[id] = matter
            if !plan.matters[matter].isOnTheSpot { new.append(id) }
        }
        return try await planNext(new, now: now, isNew: true)
    }

    // MARK: Working

    /// The steps that still fit their cases; the others are planned anew.
    private func confirm(
        _ steps: [(CaseID, Behaviour.Step, Stage)], now: Timestamp
    ) async throws -> [(CaseID, Behaviour.Step)] {
        guard !steps.isEmpty else { return [] }
        let ids = steps.map(\.0)
        let found = try await pool.withSession { try CaseLookup.read(ids, session: $0) }
        var ready: [(CaseID, Behaviour.Step)] = []
        var moved: [CaseID] = []
        for (id, step, stage) in steps {
            guard let one = found[id]?.now else { continue }
            if Stage(one) == stage { ready.append((id, step)) } else { moved.append(id) }
        }
        return try await ready + planNext(moved, now: now)
    }

    /// Takes steps, and those that follow from them while the clock stands still.
    private func work(_ first: [(CaseID, Behaviour.Step)], now: Timestamp) async throws {
        var ready = first
        while !ready.isEmpty {
            let ids = ready.map(\.0)
            let found = try await pool.withSession { try CaseLookup.read(ids, session: $0) }
            let acts = ready.compactMap { id, step -> StaffClient.Act? in
                guard let one = found[id] else { return nil }
                return StaffClient.Act(
                    caseNumber: one.now.number, post: step.post, action: step.action,
                    at: max(step.window.opens, one.changedAt, now))
            }
            let answers = try await staff.act(acts)
            for (act, answer) in zip(acts, answers) {
                summary.acts += 1
                truth?.note(act, answer)
                if let slug = answer.slug {
                    summary.refusedActs += 1
                    summary.surprises.append("\(act.caseNumber): \(act.action.slug) by \(act.post) refused: \(slug)")
                }
            }
            // A case that refused a step is left alone, or the same would be tried for ever.
            let going = zip(ready, answers).filter { $0.1.slug == nil }.map { $0.0.0 }
            ready = try await planNext(going, now: now)
        }
    }

    /// Plans the next step on each case.
    ///
    /// - Returns: Those that are due before the clock moves on; the others are on the agenda.
    private func planNext(
        _ ids: [CaseID], now: Timestamp, isNew: Bool = false
    ) async throws -> [(CaseID, Behaviour.Step)] {
        guard !ids.isEmpty else { return [] }
        let found = try await pool.withSession { try CaseLookup.read(ids, session: $0) }
        var ready: [(CaseID, Behaviour.Step)] = []
        for id in ids {
            guard let one = found[id], let number = matterOfCase[id] else { continue }
            if isNew, one.now.path == .command {
                for wave in CommandReceipts.waves.indices {
                    agenda.add(.receipts(id, wave: wave), CommandReceipts.window(ofWave: wave, commandedAt: now))
                }
            }
            let from = max(now, one.changedAt)
            guard let step = behaviour.next(one.now, of: plan.matters[number], now: from) else { continue }
            if step.window.opens <= now.advanced(bySeconds: Self.aheadSeconds) {
                ready.append((id, step))
            } else {
                agenda.add(.step(id, step, Stage(one.now)), step.window)
            }
        }
        return ready
    }

    // MARK: Receipts and points

    /// Nodes confirm a command: each wave brings the receipts up to a part of all.
    private func acknowledge(_ id: CaseID, wave: Int, now: Timestamp) async throws {
        let (found, nodes) = try await pool.withSession { session in
            (try CaseLookup.read([id], session: session)[id], try CaseLookup.openReceipts(of: id, session: session))
        }
        guard let one = found?.now, !one.state.isFinal else { return }
        let acts = nodes.compactMap { node -> StaffClient.Act? in
            guard CommandReceipts.confirms(node, one.id, byWave: wave), let post = behaviour.post(ofNode: node) else {
                return nil
            }
            return StaffClient.Act(caseNumber: one.number, post: post, action: .acknowledge(node: node), at: nil)
        }
        let answers = try await staff.act(acts)
        for (act, answer) in zip(acts, answers) {
            summary.acts += 1
            truth?.note(act, answer)
            if answer.slug != nil { summary.refusedActs += 1 }
        }
    }

    /// Reviewers decide on the day's claims.
    private func review() async throws {
        try await watch.wait(for: .complete)
        if !unfiled.isEmpty { try await work(begin(now: agenda.now), now: agenda.now) }
        let claims = try await pool.withSession { try CaseLookup.openClaims(session: $0) }
        let decisions = reviews.decide(claims) { id in matterOfCase[id].map { plan.matters[$0].tempo.lot } ?? 0 }
        let staff = staff
        let answered = try await SuiteClient.concurrently(decisions) { decision in
            try await staff.review(decision.transfers, post: decision.isPosted, by: decision.reviewer)
        }
        for (decision, answers) in zip(decisions, answered) {
            summary.reviewed += answers.count
            truth?.note(answers, posted: decision.isPosted, by: decision.reviewer)
        }
    }
}

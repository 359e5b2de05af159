import City
import Messages
import Postgres
import Synchronization
import TestSupport
import Testing

/// People and systems that go on working whatever happens: publishers, workers, checkers, reviewers.
///
/// All that they do follows from a seed, but for what they find in the suite.
final class Load: Sendable {
    let suite: SuiteUnderTest
    /// What publishers were told.
    let acknowledged = Acknowledged()
    /// Steps that people were told are taken: number of the case and its version.
    private let steps = Mutex<[(number: String, version: Int)]>([])
    private let seed: UInt64
    private let isOver = Mutex(false)

    init(_ suite: SuiteUnderTest, seed: UInt64) {
        self.suite = suite
        self.seed = seed
    }

    /// Works until `body` has ended, finishes what is begun, and returns.
    ///
    /// - Parameter pause: Of each publisher after each batch.
    func during(
        publishers: Int, workers: Int, pause: Duration = .zero, _ body: () async throws -> Void
    ) async throws {
        let generator = SeededGenerator(seed: seed)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<publishers {
                group.addTask { try await self.publish(number, generator.branch(number), pause: pause) }
            }
            for number in 0..<workers {
                group.addTask { try await self.work(generator.branch(1_000 + number)) }
            }
            group.addTask { try await self.review() }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            isOver.withLock { $0 = true }
            try await group.waitForAll()
        }
    }

    /// Checks what people were told against the histories.
    func expectStepsKept() async throws {
        let kept = try await suite.rows(
            """
            SELECT convert_from(c.document, 'UTF8')::json ->> 'number', h.version
            FROM routing.history h JOIN routing."case" c ON c.id = h.case_id
            """
        ) { rows in Set(try rows.decode((String, Int32).self).map { "\($0) \($1)" }) }
        let lost = steps.withLock { $0 }.map { "\($0.number) \($0.version)" }.filter { !kept.contains($0) }
        #expect(lost.isEmpty, "steps answered and lost: \(lost)")
    }

    /// How much was answered.
    var summary: String { "\(acknowledged.reports.count) reports, \(steps.withLock { $0.count }) steps" }

    private var goesOn: Bool { !isOver.withLock { $0 } && !Task.isCancelled }

    // MARK: Publishers

    private func publish(_ number: Int, _ generator: SeededGenerator, pause: Duration) async throws {
        var generator = generator
        let client = PublisherClient(suite)
        var batch = 0
        while goesOn {
            if pause > .zero { try await Task.sleep(for: pause) }
            batch += 1
            let drafts = (0..<Int.random(in: 1...8, using: &generator)).map { item in
                draft("load-\(seed)-\(number)-\(batch)-\(item)", using: &generator)
            }
            let form = PublisherClient.Form.allCases.randomElement(using: &generator) ?? .lines
            acknowledged.note(drafts, try await client.submitUntilAnswered(drafts, as: form))
            // Now and then somebody forgets having sent it.
            if Int.random(in: 0..<5, using: &generator) == 0 {
                acknowledged.note(drafts, try await client.submitUntilAnswered(drafts, as: .array))
            }
        }
    }

    private func draft(_ id: String, using generator: inout SeededGenerator) -> ReportDraft {
        let conditions = suite.city.profile.conditions.filter { $0.severity != .major }
        let condition = conditions[Int.random(in: conditions.indices, using: &generator)]
        let place = busyPlace(using: &generator)
        var draft = ReportDraft(id, condition: condition.code, place: place)
        // Long enough ago to be no report from the future, whatever clock is set back.
        draft.occurredAt = draft.occurredAt.advanced(bySeconds: -3 * 3_600)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...3:
            guard let grid = suite.city.locate(place) else { break }
            draft.source = SourceCode("patrol")
            draft.finder = suite.city.posts(in: grid.code, role: "grid-worker").first?.code
            draft.onTheSpot = ReportDraft.OnTheSpot(handledAt: draft.occurredAt.advanced(bySeconds: 10))
        case 4: draft.place = nil
        case 5: draft.contact = (name: "张三", phone: "13912345678")
        // Two reports of one problem, more or less.
        case 6: draft.place = suite.city.grids.last?.area.boundingBox?.center
        default: break
        }
        return draft
    }

    private func busyPlace(using generator: inout SeededGenerator) -> Coordinate {
        while true {
            let place = suite.city.place(using: &generator)
            let community = suite.city.locate(place).flatMap { suite.city.community(of: $0.code) }
            if community?.code != suite.city.calmCommunity.code { return place }
        }
    }

    // MARK: People

    private func work(_ generator: SeededGenerator) async throws {
        var generator = generator
        let staff = StaffClient(suite)
        while goesOn {
            let open = try? await suite.query(
                "SELECT document FROM routing.\"case\" WHERE is_open AND assignee IS NOT NULL ORDER BY id DESC LIMIT 200",
                [UInt8].self)
            guard let document = open?.randomElement(using: &generator) else {
                try await Task.sleep(for: .milliseconds(50))
                continue
            }
            try await takeStep(with: try PublicCase(json: JSONDocument(document).root), staff, using: &generator)
        }
    }

    private func takeStep(
        with one: PublicCase, _ staff: StaffClient, using generator: inout SeededGenerator
    ) async throws {
        guard let post = one.assignee else { return }
        let chance = Int.random(in: 0..<10, using: &generator)
        let (action, body): (String, String) =
            switch one.state {
            case .dispatched: chance == 0 ? ("return", #"{"reason":"不属于本网格"}"#) : ("accept", "{}")
            case .accepted where chance < 4: ("start", "{}")
            case .accepted, .handling: ("handle", #"{"note":"已处置","evidence":["a.jpg"]}"#)
            case .handled where chance == 0: ("check", #"{"passed":false,"reason":"未处置到位"}"#)
            case .handled: ("check", #"{"passed":true}"#)
            default: ("", "")
            }
        guard !action.isEmpty else { return }
        // No answer may mean anything; a refusal, that somebody else was there first.
        guard let answer = try? await staff.act(action, on: one.number, as: post, body), answer.status == 200,
            let after = answer.json.flatMap({ try? PublicCase(json: $0) })
        else { return }
        steps.withLock { $0.append((after.number, after.version)) }
    }

    /// One reviewer for all communities, who takes them in turns.
    private func review() async throws {
        let staff = StaffClient(suite)
        while goesOn {
            try await Task.sleep(for: .milliseconds(200))
            let found = try? await suite.rows(
                "SELECT review_grid, array_agg(transfer) FROM rewards.claim WHERE state = 'pending' GROUP BY 1"
            ) { try $0.decode((String, [Int64]).self).map { (grid: $0.0, claims: $0.1) } }
            for (grid, claims) in found ?? [] {
                guard let post = suite.city.posts(in: GridCode(grid), role: "community-reviewer").first else {
                    continue
                }
                let list = claims.prefix(100).map(String.init).joined(separator: ",")
                let decision = (claims.count % 3 == 0) ? "void" : "post"
                _ = try? await staff.post(
                    .rewards, "/v1/claims/review", as: post.code,
                    #"{"claims":[\#(list)],"decision":"\#(decision)","reason":"抽查"}"#)
            }
        }
    }
}

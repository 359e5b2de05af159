import City
import Messages
import Postgres
import ServiceKit
import TestSupport
import Testing

extension EndToEnd {
    /// What people use the suite for, from the report to the figures, over both logs.
    @Suite
    struct MainPathTests {
        @Test("a report becomes a case that is handled, checked, closed, told, paid for and counted", arguments: logs)
        func wholeLife(log: EventLogChoice) async throws {
            let suite = try await SuiteUnderTest.over(log)
            let staff = StaffClient(suite)
            let publisher = PublisherClient(suite)
            var generator = SeededGenerator(seed: freshSeed("whole life over \(log)"))
            let closedBefore = try await closedCases(suite)

            let condition = try #require(suite.city.condition(.general, needsEvidence: true))
            let place = suite.city.place(in: suite.city.calmCommunity, using: &generator)
            let grid = try #require(suite.city.locate(place))
            var draft = ReportDraft("life-\(generator.next())", condition: condition.code, place: place)
            draft.source = SourceCode("patrol")
            draft.finder = try #require(suite.city.posts(in: grid.code, role: "grid-worker").first).code
            let tracking = try await publisher.submit(draft)
            let number = try await publisher.caseNumber(tracking)

            // Dispatched to the worker who found it, in the grid it lies in.
            let filed = try await staff.find(number)
            #expect(filed.state == .dispatched && filed.grid == grid.code)
            let worker = try #require(filed.assignee)
            #expect(worker == draft.finder)
            try await eventually("the accept clock runs") {
                try await clocks(suite, staff, filed).open == ["accept"]
            }
            let worklist = try await staff.get(.router, "/v1/worklist", as: worker)
            #expect(worklist.json?["items"]?.elements.contains { $0["number"]?.string == number } == true)

            try await staff.act("accept", on: number, as: worker, leadsTo: .accepted)
            try await eventually("the handling clock runs") {
                try await clocks(suite, staff, filed).open == ["handling"]
            }
            let bare = try await staff.act("handle", on: number, as: worker)
            #expect(bare.status == 422 && bare.problem == "evidence-missing")
            let handled = try await staff.act(
                "handle", on: number, as: worker, #"{"note":"已修复","evidence":["before.jpg","after.jpg"]}"#,
                leadsTo: .handled)
            let checker = try #require(handled.assignee)
            try await staff.act("check", on: number, as: checker, #"{"passed":true}"#, leadsTo: .closed)

            try await eventually("the publisher is told") { try await publisher.state(tracking) == "closed" }
            let steps = try await staff.changes(number)
            #expect(steps.map(\.version) == Array(1...steps.count))
            #expect(steps.map(\.change) == ["filed", "dispatched", "accepted", "handled", "closed"])
            try await eventually("all clocks have stopped in time") {
                let clocks = try await clocks(suite, staff, filed)
                return clocks.open.isEmpty && clocks.met == ["accept", "check", "handling"]
            }
            try await review(suite, staff, case: filed.id, of: worker, kind: "valid-report")
            try await eventually("the figures have it") { try await closedCases(suite) > closedBefore }
        }

        @Test("what its finder handles on the spot is closed at once", arguments: logs)
        func onTheSpot(log: EventLogChoice) async throws {
            let suite = try await SuiteUnderTest.over(log)
            let staff = StaffClient(suite)
            let publisher = PublisherClient(suite)
            var generator = SeededGenerator(seed: freshSeed("on the spot over \(log)"))
            let condition = try #require(suite.city.condition(.general, needsEvidence: true))
            let place = suite.city.place(in: suite.city.calmCommunity, using: &generator)
            let grid = try #require(suite.city.locate(place))
            let worker = try #require(suite.city.posts(in: grid.code, role: "grid-worker").first).code
            var draft = ReportDraft("spot-\(generator.next())", condition: condition.code, place: place)
            draft.source = SourceCode("patrol")
            draft.finder = worker
            draft.onTheSpot = ReportDraft.OnTheSpot(handledAt: draft.occurredAt.advanced(bySeconds: 30))
            let tracking = try await publisher.submit(draft)
            let number = try await publisher.caseNumber(tracking)

            let closed = try await staff.find(number)
            #expect(closed.state == .closed && closed.onTheSpot && closed.handler == worker)
            #expect(try await staff.changes(number).map(\.change) == ["filed", "handled-on-the-spot", "closed"])
            try await eventually("the publisher is told") {
                try await publisher.status(tracking).json?["onTheSpot"]?.bool == true
            }
            try await review(suite, staff, case: closed.id, of: worker, kind: "on-the-spot-handling")
        }

        @Test("reports of one problem become one case, and each is told of its end", arguments: logs)
        func merged(log: EventLogChoice) async throws {
            let suite = try await SuiteUnderTest.over(log)
            let staff = StaffClient(suite)
            let publisher = PublisherClient(suite)
            var generator = SeededGenerator(seed: freshSeed("merged over \(log)"))
            let condition = try #require(suite.city.condition(.general, needsEvidence: false))
            let place = suite.city.place(in: suite.city.calmCommunity, using: &generator)
            let drafts = (0..<5).map { number in
                var draft = ReportDraft("merged-\(number)-\(generator.next())", condition: condition.code, place: place)
                draft.source = SourceCode(number % 2 == 0 ? "hotline-12345" : "residents")
                return draft
            }
            let numbers = try await publisher.submitUntilAnswered(drafts, as: .array)
            #expect(Set(numbers).count == drafts.count, "each report has a number of its own")
            // The same once more: the same answers, and no other report.
            #expect(try await publisher.submitUntilAnswered(drafts, as: .lines) == numbers)
            let conflicting = ReportDraft(drafts[0].id, condition: condition.code, place: place)
            var other = conflicting
            other.title = "完全不同的事情"
            let conflict = try await publisher.send(other.event)
            #expect(conflict.status == 409 && conflict.problem == "id-reused")

            let number = try await publisher.caseNumber(numbers[0])
            try await eventually("all reports are in the case") { try await staff.find(number).reports == 5 }
            for tracking in numbers { #expect(try await publisher.caseNumber(tracking) == number) }
            #expect(try await staff.changes(number).map(\.change).filter { $0 == "merged" }.count == 4)
            try await staff.act("void", on: number, as: staff.dispatcher, #"{"reason":"演练"}"#, leadsTo: .void)
            for tracking in numbers {
                try await eventually("\(tracking) is told") { try await publisher.state(tracking) == "void" }
            }
        }

        @Test("a major matter goes to every node at once, and each acknowledges", arguments: logs)
        func command(log: EventLogChoice) async throws {
            let suite = try await SuiteUnderTest.over(log)
            let staff = StaffClient(suite)
            let publisher = PublisherClient(suite)
            var generator = SeededGenerator(seed: freshSeed("command over \(log)"))
            let condition = try #require(suite.city.condition(.major, needsEvidence: false))
            let tracking = try await publisher.submit(
                ReportDraft(
                    "major-\(generator.next())", condition: condition.code,
                    place: suite.city.place(in: suite.city.calmCommunity, using: &generator)))
            let number = try await publisher.caseNumber(tracking)
            let one = try await staff.find(number)
            #expect(one.path == .command)

            let leaders = suite.city.grids.dropFirst().filter { grid in
                suite.city.posts(in: grid.code).contains { $0.role.hasSuffix("leader") }
            }
            let receipts = try await receipts(staff, number)
            #expect(leaders.count == 178, "11 blocks, 16 communities, 151 micro grids")
            #expect(receipts.nodes.count == leaders.count + suite.city.profile.units.count)
            #expect(receipts.acknowledged == 0)
            // Many acknowledge at the same moment; nobody does for another.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in receipts.nodes {
                    let post = try #require(suite.city.post(PostCode(node)) ?? liaison(of: node, in: suite.city))
                    group.addTask {
                        let answer = try await staff.act(
                            "acknowledge", on: number, as: post.code, #"{"node":"\#(node)"}"#)
                        #expect(answer.status == 200, "\(node): \(answer.text)")
                    }
                }
                try await group.waitForAll()
            }
            let foreign = try await staff.act(
                "acknowledge", on: number, as: staff.dispatcher, #"{"node":"\#(receipts.nodes[0])"}"#)
            #expect(foreign.status == 403 && foreign.problem == "not-a-node")
            let after = try await self.receipts(staff, number)
            #expect(after.acknowledged == receipts.nodes.count)
            let steps = try await staff.changes(number)
            #expect(steps.map(\.version) == Array(1...steps.count))
            #expect(steps.filter { $0.change == "acknowledged" }.count == receipts.nodes.count)
        }

        // MARK: Looking

        static let logs = EventLogChoice.allCases

        /// As the command-centre page counts them. Only grows while nothing is reopened.
        private func closedCases(_ suite: SuiteUnderTest) async throws -> Int {
            let answer = try await HTTP.get(suite.url(.analytics, "/api/overview"))
            let rate = answer.json?["indicators"]?.elements.first {
                $0["id"]?.string == "closing-rate" && $0["scope"]?.string == "period"
            }
            return try #require(rate?["numerator"]?.int, "\(answer.text)")
        }

        private func clocks(
            _ suite: SuiteUnderTest, _ staff: StaffClient, _ one: PublicCase
        ) async throws -> (open: [String], met: [String]) {
            let answer = try await staff.get(.slaWatcher, "/v1/cases/\(one.id)/clocks", as: staff.dispatcher)
            let json = try #require(answer.json)
            let outcomes = json["outcomes"]?.elements ?? []
            return (
                json["open"]?.elements.compactMap { $0["kind"]?.string }.sorted() ?? [],
                outcomes.filter { $0["completed"]?.bool == true && $0["met"]?.bool == true }
                    .compactMap { $0["kind"]?.string }.sorted()
            )
        }

        private func receipts(
            _ staff: StaffClient, _ number: String
        ) async throws -> (nodes: [String], acknowledged: Int) {
            let answer = try await staff.get(.router, "/v1/cases/\(number)/receipts", as: staff.dispatcher)
            let json = try #require(answer.json)
            return (json["receipts"]?.elements.compactMap { $0["node"]?.string } ?? [], json["acknowledged"]?.int ?? -1)
        }

        /// Whoever may speak for a unit.
        private func liaison(of unit: String, in city: City) -> StaffPost? {
            city.profile.posts.first { $0.unit?.rawValue == unit }
        }

        /// Follows a claim from pending to the account of whoever earned it.
        private func review(
            _ suite: SuiteUnderTest, _ staff: StaffClient, case id: CaseID, of owner: PostCode, kind: String
        ) async throws {
            let account = "/v1/accounts/\(owner)"
            func entry() async throws -> JSONValue? {
                try await staff.get(.rewards, account, as: owner).json?["entries"]?.elements.first {
                    $0["case"]?.int64 == id.value && $0["kind"]?.string == kind
                }
            }
            let pending = try await awaited("a claim of \(kind) is pending") { try await entry() }
            #expect(pending["state"]?.string == "pending")
            let claim = try #require(pending["claim"]?.int64)
            let grid: String = try #require(
                try await suite.value("SELECT review_grid FROM rewards.claim WHERE transfer = \(claim)"))
            let reviewer = try #require(suite.city.posts(in: GridCode(grid), role: "community-reviewer").first).code
            let path = "/v1/claims/\(claim)/review"
            let own = try await staff.post(.rewards, path, as: owner, #"{"decision":"post"}"#)
            #expect(own.status == 403, "whoever earned it does not review it")
            let balance = try await staff.get(.rewards, account, as: owner).json?["posted"]?.int ?? 0
            let posted = try await staff.post(.rewards, path, as: reviewer, #"{"decision":"post"}"#)
            #expect(posted.status == 200 && posted.json?["state"]?.string == "posted", "\(posted.text)")
            let again = try await staff.post(.rewards, path, as: reviewer, #"{"decision":"post"}"#)
            #expect(again.status == 200)
            let other = try await staff.post(.rewards, path, as: reviewer, #"{"decision":"void","reason":"错"}"#)
            #expect(other.status == 409 && other.problem == "claim-already-resolved")
            let points = try #require(pending["points"]?.int)
            #expect(try await staff.get(.rewards, account, as: owner).json?["posted"]?.int == balance + points)
            try await eventually("analysts see the points") {
                try await suite.value("SELECT state FROM analytics.points_fact WHERE transfer = \(claim)") == "posted"
            }
        }
    }
}

import City
import Foundation
import Messages
import Postgres
import ServiceKit
import TestSupport
import Testing

extension EndToEnd {
    /// Contact data and personal numbers stay with intake, whatever becomes of the report.
    @Suite
    struct PrivacyTests {
        /// Numbers that stand for nobody, in all the forms people write them.
        private static let canaries = [
            "13800138123", "139 0013 9456", "136-0013-6789", "510116199003070010", "6222021234567890128",
            "川A12345", "028-85551234",
        ]

        @Test(
            "personal numbers in contact data and in free text reach no topic, log, metric or table of others",
            arguments: EventLogChoice.allCases)
        func canaries(log: EventLogChoice) async throws {
            let suite = try await SuiteUnderTest.over(log)
            let publisher = PublisherClient(suite)
            let staff = StaffClient(suite)
            var generator = SeededGenerator(seed: freshSeed("canaries over \(log)"))
            let name = "欧阳金丝雀"
            for (number, canary) in Self.canaries.enumerated() {
                var draft = ReportDraft(
                    "canary-\(number)-\(generator.next())", condition: ConditionCode("E0101-1"),
                    place: suite.city.place(using: &generator))
                draft.title = "请联系\(canary)处理"
                draft.text = "有人留下\(canary)，另有\(canary)。"
                draft.contact = (name: name, phone: canary)
                let tracking = try await publisher.submit(draft)
                let one = try await staff.find(try await publisher.caseNumber(tracking))
                #expect(!one.title.contains(canary) && one.title.hasPrefix("请联系"), "\(one.title)")
                // What is refused is kept as well, and must be as safe.
                let refused = BadEvent.event(
                    id: "\"\(canary)\"", condition: "\"nope\"", title: "\"请联系\(canary)\"",
                    more: ",\"contact\":{\"name\":\"\(name)\",\"phone\":\"\(canary)\"}")
                #expect(try await publisher.send(Array(refused.utf8)).status == 422)
                #expect(try await publisher.send(Array(refused.dropLast(3).utf8)).status == 422)
            }
            try await suite.quiet()
            let needles = Self.canaries + [name]
            try await expectNowhere(in: suite, needles)
        }

        /// `CANARIES` reports; 2,000 when nothing is said.
        private static let crowd = ProcessInfo.processInfo.environment["CANARIES"].flatMap { Int($0) } ?? 2_000

        @Test("thousands of reports, each with numbers of its own in every text, leave no trace of them")
        func crowd() async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            let publisher = PublisherClient(suite)
            let seed = freshSeed("a crowd of canaries")
            var generator = SeededGenerator(seed: seed)
            var numbers = PersonalNumbers(SeededGenerator(seed: seed).branch(1))
            let conditions = suite.city.profile.conditions.filter { $0.severity != .major && !$0.needsEvidence }
            let name = "欧阳金丝雀"
            var accepted = 0
            for start in stride(from: 0, to: Self.crowd, by: 500) {
                let events = (start..<min(start + 500, Self.crowd)).map { number -> [UInt8] in
                    // One of twenty is refused, and kept sealed.
                    let condition = number % 20 == 19 ? "nope" : conditions[number % conditions.count].code.rawValue
                    var draft = ReportDraft(
                        "crowd-\(seed)-\(number)", condition: ConditionCode(condition),
                        place: suite.city.place(using: &generator))
                    draft.title = numbers.sentence()
                    draft.text = numbers.sentence() + "；" + numbers.sentence()
                    draft.address = numbers.sentence()
                    draft.contact = (name: name, phone: numbers.next())
                    return draft.event
                }
                let form = start % 1_000 == 0 ? PublisherClient.Form.array : .lines
                let answer = try await answered {
                    try await publisher.send(form.body(of: events), as: form.rawValue, seconds: 60)
                }
                accepted += answer.json?["accepted"]?.int ?? 0
                for trace in PersonalNumbers.traces { #expect(!answer.text.contains(trace), "an answer has \(trace)") }
            }
            #expect(accepted == Self.crowd - Self.crowd / 20)
            try await suite.expectSound()
            try await expectNowhere(in: suite, PersonalNumbers.traces + [name])
        }

        /// Looks through all that a suite stores, writes and tells of itself.
        private func expectNowhere(in suite: SuiteUnderTest, _ needles: [String]) async throws {
            try await expectNoTable(of: suite, contains: needles)
            try await expectNoFile(of: suite, contains: needles)
            for service in ServiceName.allCases {
                let metrics = try await HTTP.get(suite.url(service, "/metrics")).text
                #expect(metrics.contains("# TYPE"))
                for needle in needles { #expect(!metrics.contains(needle), "metrics of \(service.rawValue)") }
            }
        }

        /// Looks through every text and byte column of every table of the suite, the log's batches among them.
        private func expectNoTable(of suite: SuiteUnderTest, contains needles: [String]) async throws {
            let columns = try await suite.rows(
                """
                SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
                JOIN information_schema.tables USING (table_catalog, table_schema, table_name)
                WHERE table_schema IN ('eventlog', 'intake', 'routing', 'sla', 'rewards', 'analytics')
                    AND table_type = 'BASE TABLE' AND data_type IN ('text', 'json', 'jsonb', 'bytea', 'ARRAY')
                """
            ) { try $0.decode((String, String, String, String).self).map { ($0.0, $0.1, $0.2, $0.3) } }
            #expect(columns.count > 30, "the query finds the tables")
            for (schema, table, column, type) in columns {
                let place = "\(schema).\"\(table)\""
                for needle in needles {
                    let wanted = type == "bytea" ? "'\\x\(hex(needle))'::bytea" : "'\(needle)'"
                    let searched = type == "bytea" ? "\"\(column)\"" : "\"\(column)\"::text"
                    let found: Int64? = try await suite.value(
                        SQL(unescaped: "SELECT count(*) FROM \(place) WHERE position(\(wanted) IN \(searched)) > 0"))
                    #expect(found == 0, "\(place).\(column) has \(needle)")
                }
            }
        }

        private func expectNoFile(of suite: SuiteUnderTest, contains needles: [String]) async throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: suite.directory)
            let files = names.filter { $0.hasSuffix(".log") || $0.hasSuffix(".out") }
            #expect(files.contains("intake.log"))
            for file in files {
                let text = try String(
                    decoding: Data(contentsOf: URL(fileURLWithPath: "\(suite.directory)/\(file)")), as: UTF8.self)
                for needle in needles { #expect(!text.contains(needle), "\(file) has \(needle)") }
            }
        }

        private func hex(_ text: String) -> String {
            text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
    }
}

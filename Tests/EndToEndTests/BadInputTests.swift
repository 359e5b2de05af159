import City
import Foundation
import Messages
import Postgres
import ServiceKit
import TestSupport
import Testing

extension EndToEnd {
    /// What comes over the wire and should not: each is refused with the reason, and harms nobody else.
    @Suite
    struct BadInputTests {
        @Test("a bad event is refused with the reason and kept", arguments: BadEvent.all)
        func refused(bad: BadEvent) async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            let before: Int64 = try #require(try await suite.value("SELECT count(*) FROM intake.rejection"))
            let answer = try await PublisherClient(suite).send(bad.body)
            #expect(answer.status == 422 && answer.problem == "report-rejected", "\(answer.status) \(answer.text)")
            #expect(answer.faults == bad.faults)
            for fault in answer.json?["errors"]?.elements ?? [] { #expect(fault["detail"]?.string?.isEmpty == false) }
            let after: Int64? = try await suite.value("SELECT count(*) FROM intake.rejection")
            #expect(after == before + 1)
            try await healthy(suite)
        }

        @Test("a bad item does not harm the others of its batch", arguments: [PublisherClient.Form.array, .lines])
        func batch(form: PublisherClient.Form) async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            let publisher = PublisherClient(suite)
            var generator = SeededGenerator(seed: freshSeed("batch of \(form)"))
            let good = (0..<2).map { number in
                ReportDraft(
                    "batch-\(form)-\(number)-\(generator.next())", condition: ConditionCode("E0101-1"),
                    place: suite.city.place(using: &generator)
                ).event
            }
            let items = [good[0], Array(BadEvent.event(condition: "\"nope\"").utf8), good[1]]
            let body = form.body(of: items)
            let answer = try await publisher.send(body, as: form.rawValue)
            #expect(answer.status == 207)
            #expect(answer.json?["accepted"]?.int == 2 && answer.json?["refused"]?.int == 1)
            let answers = answer.json?["items"]?.elements ?? []
            try #require(answers.map { $0["code"]?.int } == [202, 422, 202])
            #expect(answers[1]["errors"]?.faults == ["/data/condition unknown-condition"])
            let tracking = try #require(answers[2]["trackingNumber"]?.string)
            #expect(try await publisher.caseNumber(tracking).isEmpty == false)
        }

        @Test("requests that are not what they should be are answered with a problem")
        func requests() async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            let publisher = PublisherClient(suite)
            let event = Array(BadEvent.event().utf8)
            let url = suite.url(.intake, "/v1/events")
            func expect(_ status: Int, _ slug: String, _ what: String, _ answer: Answer) {
                #expect(answer.status == status && answer.problem == slug, "\(what): \(answer.status) \(answer.text)")
            }
            expect(415, "unsupported-media-type", "text", try await publisher.send(event, as: "text/plain"))
            let chinese = try await publisher.send(event, as: "application/cloudevents+json; charset=gb18030")
            expect(415, "unsupported-media-type", "another character set", chinese)
            #expect(chinese.text.contains("UTF-8"))
            expect(
                415, "unsupported-media-type", "no type of event",
                try await publisher.send(event, as: "application/json"))
            expect(
                400, "invalid-body", "empty batch",
                try await publisher.send(Array("[]".utf8), as: "application/cloudevents-batch+json"))
            expect(
                400, "invalid-body", "batch cut short",
                try await publisher.send(Array("[{".utf8), as: "application/cloudevents-batch+json"))
            expect(
                400, "invalid-body", "batch that is none",
                try await publisher.send(event, as: "application/cloudevents-batch+json"))
            expect(
                401, "unauthorized", "no key",
                try await HTTP.post(url, [("content-type", "application/cloudevents+json")], event))
            let wrong = suite.key.dropLast() + (suite.key.last == "A" ? "E" : "A")
            for key in ["", "secret", String(wrong), suite.key + "x"] {
                expect(401, "unauthorized", "wrong key", try await PublisherClient(suite, key: key).send(event))
            }
            let staff = StaffClient(suite)
            let token = try await staff.token(staff.dispatcher)
            expect(403, "forbidden", "a person's token", try await PublisherClient(suite, key: token).send(event))
            let asPerson = try await HTTP.get(
                suite.url(.router, "/v1/worklist"), [("authorization", "Bearer \(suite.key)")])
            #expect([401, 403].contains(asPerson.status), "a publisher's key does no case work")
            expect(404, "not-found", "no such route", try await HTTP.get(suite.url(.intake, "/v2/nothing")))
            expect(405, "method-not-allowed", "wrong method", try await HTTP.get(url))
            try await healthy(suite)
        }

        @Test("a body that is too large is refused, and its sender hears it", arguments: [300, 10 * 1_024])
        func tooLarge(kilobytes: Int) async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            let filler = ",\"text\":\"\(String(repeating: "a", count: kilobytes * 1_024))\""
            let answer = try await PlainSender.post(
                port: suite.port(.intake), "/v1/events",
                ["authorization: Bearer \(suite.key)", "content-type: application/cloudevents+json"],
                Array(BadEvent.event(more: filler).utf8))
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains(#""type":"/problems/too-large""#), "\(answer)")
            try await healthy(suite)
        }

        @Test("reports of others and numbers that are none are not found")
        func tracking() async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            var generator = SeededGenerator(seed: freshSeed("tracking"))
            let publisher = PublisherClient(suite)
            let tracking = try await publisher.submit(
                ReportDraft(
                    "mine-\(generator.next())", condition: ConditionCode("E0101-1"),
                    place: suite.city.place(using: &generator)))
            #expect(try await publisher.status(tracking).status == 200)
            let other = try await PublisherClient(suite, key: suite.otherKey).status(tracking)
            #expect(other.status == 404 && other.problem == "not-found")
            var garbage = [
                "x", "XHG", "XHG-R0-0", "%00", "..%2f..", "'%20OR%201=1--", String(repeating: "9", count: 500),
            ]
            garbage.append("\(tracking)0")
            garbage.append(String(tracking.dropLast()) + (tracking.last == "1" ? "2" : "1"))
            for text in garbage {
                let answer = try await publisher.status(text)
                #expect([400, 404].contains(answer.status) && answer.problem != nil, "\(text): \(answer.text)")
            }
            try await healthy(suite)
        }

        @Test("bad steps are refused: unknown, malformed, of somebody else, in the wrong state")
        func steps() async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            var generator = SeededGenerator(seed: freshSeed("steps"))
            let publisher = PublisherClient(suite)
            let staff = StaffClient(suite)
            let tracking = try await publisher.submit(
                ReportDraft(
                    "steps-\(generator.next())", condition: ConditionCode("E0101-1"),
                    place: suite.city.place(using: &generator)))
            let number = try await publisher.caseNumber(tracking)
            let one = try await staff.find(number)
            let worker = try #require(one.assignee)
            let stranger = try #require(
                suite.city.profile.posts.first { $0.role == "grid-worker" && $0.code != worker }
            ).code
            let attempts: [(what: String, action: String, post: PostCode, body: String, status: Int)] = [
                ("unknown step", "explode", worker, "{}", 404),
                ("not JSON", "accept", worker, "{", 400),
                ("a list", "accept", worker, "[]", 400),
                ("a time that is none", "accept", worker, #"{"at":"yesterday"}"#, 400),
                ("a time to come", "accept", worker, #"{"at":"2099-01-01T00:00:00Z"}"#, 422),
                ("a time before the last step", "accept", worker, #"{"at":"2020-01-01T00:00:00Z"}"#, 422),
                ("another version", "accept", worker, #"{"expectedVersion":99}"#, 409),
                ("a stranger", "accept", stranger, "{}", 403),
                ("the wrong role", "void", worker, #"{"reason":"x"}"#, 403),
                ("no reason", "return", worker, #"{"reason":"  "}"#, 422),
                ("not yet handled", "check", staff.dispatcher, #"{"passed":true}"#, 409),
                ("nobody", "dispatch", staff.dispatcher, #"{"to":"XX0","reason":"x"}"#, 422),
            ]
            for attempt in attempts {
                let answer = try await staff.act(attempt.action, on: number, as: attempt.post, attempt.body)
                #expect(answer.status == attempt.status && answer.problem != nil, "\(attempt.what): \(answer.text)")
            }
            #expect(try await staff.act("accept", on: "XHG-20200101-1", as: worker).status == 404)
            #expect(try await staff.find(number) == one, "nothing has changed")
            try await healthy(suite)
        }

        private func healthy(_ suite: SuiteUnderTest) async throws {
            #expect(try await HTTP.get(suite.url(.intake, "/health/ready")).status == 200)
            #expect(try await HTTP.get(suite.url(.router, "/health/ready")).status == 200)
            #expect(suite.process(.intake)?.isRunning == true)
        }
    }
}

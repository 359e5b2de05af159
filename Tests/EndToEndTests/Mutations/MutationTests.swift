import City
import Foundation
import Kafka
import Messages
import Postgres
import ServiceKit
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Input damaged in thousands of ways: an answer or an effect for each, no crash, nothing good lost.
    ///
    /// `MUTATIONS` inputs each way; 2,000 when nothing is said.
    @Suite
    struct MutationTests {
        private static let count = ProcessInfo.processInfo.environment["MUTATIONS"].flatMap { Int($0) } ?? 2_000
        private static let senders = 8

        @Test("every damaged request is answered, and what was accepted is there")
        func overHTTP() async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            let seed = freshSeed("mutations over HTTP")
            let before = suite.process(.intake)?.pid
            let told = Told()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<Self.senders {
                    group.addTask {
                        var mutator = Mutator(SeededGenerator(seed: seed).branch(sender))
                        for number in 0..<(Self.count / Self.senders) {
                            try await send(number, of: sender, seed, suite, &mutator, told)
                        }
                    }
                }
                try await group.waitForAll()
            }
            print("mutations over HTTP: \(told.summary)")
            #expect(told.statuses.keys.allSatisfy { $0 < 500 }, "\(told.statuses)")
            #expect(told.statuses[422, default: 0] > 0 && told.statuses[202, default: 0] > 0, "\(told.statuses)")
            #expect(suite.process(.intake)?.pid == before && suite.process(.intake)?.isRunning == true)
            try await suite.expectSound()
            let there = Set(
                try await suite.query("SELECT tracking_number FROM analytics.report_fact", String.self))
            let lost = told.accepted.subtracting(there)
            #expect(lost.isEmpty, "accepted and lost: \(lost)")
        }

        private func send(
            _ number: Int, of sender: Int, _ seed: UInt64, _ suite: SuiteUnderTest, _ mutator: inout Mutator,
            _ told: Told
        ) async throws {
            let form = mutator.pick(PublisherClient.Form.allCases)
            let events = (0..<(form == .structured ? 1 : 3)).map {
                Array(BadEvent.event(id: "\"mutated-\(seed)-\(sender)-\(number)-\($0)\"").utf8)
            }
            let body = mutator.mutate(form.body(of: events))
            let answer = try await answered {
                try await PublisherClient(suite).send(body, as: form.rawValue)
            }
            told.note(answer)
            guard answer.status >= 400 else { return }
            #expect(
                answer.problem != nil,
                "\(answer.status) \(answer.text) to \(String(decoding: body.prefix(300), as: UTF8.self))")
        }

        @Test("every damaged record of Kafka is a report, a repeat or a rejection")
        func overKafka() async throws {
            let suite = try await SuiteUnderTest.over(.kafka)
            let kafka = try #require(suite.kafka)
            let seed = freshSeed("mutations over Kafka")
            let before = suite.process(.intake)?.pid
            func tally() async throws -> Int64 {
                try await suite.value(
                    "SELECT (SELECT count(*) FROM intake.report) + (SELECT count(*) FROM intake.rejection)") ?? 0
            }
            let effectsBefore = try await tally()
            let source = "hotline-12345"
            let records = Self.records(seed, on: .inbound(source), partitions: SuiteUnderTest.partitions)
            try await blocking {
                let producer = try KafkaProducer(kafka, logger: SuiteUnderTest.quiet)
                defer { producer.close(timeoutMilliseconds: 5_000) }
                let deliveries = try producer.send(records, timeoutMilliseconds: 60_000)
                #expect(deliveries.allSatisfy { $0.error == nil })
            }
            try await require("all records are read", seconds: 120) {
                let read: Int64? = try await suite.value(
                    "SELECT sum(next_offset)::bigint FROM eventlog.lane WHERE service = 'intake' AND input = \("inbound.\(source)")"
                )
                return read ?? 0 >= Int64(records.count)
            }
            try await suite.expectSound()
            let effects = try await tally() - effectsBefore
            print("mutations over Kafka: \(records.count) records, \(effects) reports and rejections")
            // A repeat of a report has no effect of its own.
            #expect(effects > 0 && effects <= Int64(records.count))
            #expect(suite.process(.intake)?.pid == before && suite.process(.intake)?.isRunning == true)
        }

        private static func records(_ seed: UInt64, on topic: Topic, partitions: Int) -> [KafkaRecordToSend] {
            var mutator = Mutator(SeededGenerator(seed: seed))
            return (0..<count).map { number in
                let event = Array(BadEvent.event(id: "\"record-\(seed)-\(number)\"").utf8)
                let isStructured = mutator.chance(2)
                let data = (try? JSONDocument(event).root["data"]).map { Array($0.rawBytes) } ?? []
                var headers = [
                    ("ce_specversion", "1.0"), ("ce_id", "record-\(seed)-\(number)"),
                    ("ce_type", "wangge.report.submitted.v1"), ("ce_source", "hotline-12345"),
                    ("content-type", isStructured ? "application/cloudevents+json" : "application/json"),
                    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
                ]
                // What only our own lanes have any business to say.
                if mutator.chance(5) { headers += [("wangge_lane", "1"), ("wangge_number", "77")] }
                var written = headers.map { KafkaHeader(name: $0.0, value: $0.1) }
                if mutator.chance(2) {
                    let damaged = mutator.pick(Array(written.indices))
                    written[damaged].value = mutator.mutate(written[damaged].value)
                }
                if mutator.chance(20) { written.removeAll() }
                let value = isStructured ? event : data
                return KafkaRecordToSend(
                    topic: topic.name, partition: Int32(number % partitions),
                    key: mutator.chance(10) ? nil : mutator.mutate(Array("key".utf8)),
                    value: mutator.chance(50) ? nil : mutator.mutate(value), headers: written,
                    timestampMilliseconds: mutator.pick([nil, 1, 1_700_000_000_000, .max / 4]))
            }
        }
    }
}

/// What was answered to damaged requests.
private final class Told: Sendable {
    private let state = Mutex<(statuses: [Int: Int], accepted: Set<String>)>(([:], []))

    var statuses: [Int: Int] { state.withLock { $0.statuses } }
    /// Tracking numbers.
    var accepted: Set<String> { state.withLock { $0.accepted } }

    var summary: String {
        statuses.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
            + "; \(accepted.count) accepted"
    }

    func note(_ answer: Answer) {
        let json = answer.json
        let items = json?["items"]?.elements ?? []
        let numbers =
            items.filter { $0["code"]?.int == 202 }.compactMap { $0["trackingNumber"]?.string }
            + (answer.status == 202 && items.isEmpty ? [json?["trackingNumber"]?.string].compactMap { $0 } : [])
        state.withLock { state in
            state.statuses[answer.status, default: 0] += 1
            state.accepted.formUnion(numbers)
        }
    }
}

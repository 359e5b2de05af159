import City
import Dispatch
import Messages
import ServiceKit
import TestSupport
import Testing

/// Faults one after another on a suite under load, and what came of it.
struct Chaos {
    private let suite: SuiteUnderTest
    private let load: Load
    private let seed: UInt64

    init(_ suite: SuiteUnderTest, seed: UInt64) {
        self.suite = suite
        self.seed = seed
        load = Load(suite, seed: seed)
    }

    /// Lets each of the faults happen that often, in an order and at moments that follow from the seed; then expects that
    /// nothing was lost, done twice or done out of order.
    func run(_ faults: [Fault], rounds: Int) async throws {
        var generator = SeededGenerator(seed: seed)
        if faults.contains(where: \.isOfNetwork) { try await suite.moveToNetworkOfItsOwn() }
        let all = (0..<rounds).flatMap { _ in faults.shuffled(using: &generator) }
        // Milliseconds until the suite took a report and made it a case again.
        var recoveries: [Fault: [Double]] = [:]
        // The mock broker keeps 5 MiB a partition: who is away for half a minute must still find all it has to read.
        let isSmall = suite.broker != nil
        try await load.during(
            publishers: isSmall ? 1 : 3, workers: isSmall ? 1 : 2, pause: isSmall ? .milliseconds(50) : .zero
        ) {
            for (number, fault) in all.enumerated() {
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...1_500, using: &generator)))
                let began = try await fault.befall(suite, using: &generator)
                try await goOn(after: fault, number)
                let milliseconds = Double(DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds) / 1e6
                recoveries[fault, default: []].append(milliseconds)
            }
            try await suite.ready()
        }
        #expect(load.acknowledged.reports.count > 50, "the load was no load")
        let outcome = try await suite.outcome(of: load.acknowledged.reports)
        print(report(outcome, recoveries))
        #expect(outcome.isSound)
        try await suite.expectNothingEarly()
        try await suite.expectSound(load.acknowledged.reports)
        try await load.expectStepsKept()
    }

    /// Waits until a report goes all the way to its case again.
    private func goOn(after fault: Fault, _ number: Int) async throws {
        let condition = try #require(suite.city.profile.conditions.first { $0.severity != .major })
        let draft = ReportDraft(
            "probe-\(seed)-\(number)", condition: condition.code, place: suite.city.boundingBox.center)
        let client = PublisherClient(suite)
        let numbers = try await client.submitUntilAnswered([draft], as: .structured)
        load.acknowledged.note([draft], numbers)
        do {
            try await require("report \(numbers[0]) has a case after \(fault)", seconds: 120) {
                try await client.status(numbers[0]).json?["caseNumber"]?.string != nil
            }
        } catch {
            Issue.record("the suite does not go on:\n\(await suite.condition())")
            throw error
        }
    }

    private func report(_ outcome: Outcome, _ recoveries: [Fault: [Double]]) -> String {
        var lines = ["chaos over \(suite.log.rawValue), seed \(seed): \(load.summary)"]
        for fault in Fault.allCases {
            guard let times = recoveries[fault]?.sorted(), let longest = times.last else { continue }
            let middle = times[times.count / 2]
            let late = times[min(times.count - 1, times.count * 95 / 100)]
            lines.append(
                "  \(times.count) × \(fault): recovered in \(Int(middle)) ms, p95 \(Int(late)), "
                    + "longest \(Int(longest))")
        }
        lines.append(
            "  in: \(outcome.acknowledged) reports acknowledged; out: \(outcome.stored) stored, \(outcome.cases) cases, "
                + "\(outcome.steps) steps")
        lines.append(
            "  lost \(outcome.lost), doubled \(outcome.doubled), out of order \(outcome.outOfOrder)")
        return lines.joined(separator: "\n")
    }
}

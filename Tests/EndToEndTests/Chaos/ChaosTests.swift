import Foundation
import ServiceKit
import TestSupport
import Testing

extension EndToEnd {
    /// Whatever befalls a suite from outside: whoever was told "accepted" finds it, once, and in order.
    ///
    /// Each fault happens `CHAOS_ROUNDS` times over each log, once when nothing is said. `CHAOS_FAULTS` picks some of them
    /// by name, such as `serverKilled`, separated by commas.
    @Suite
    struct ChaosTests {
        @Test("nothing is lost, doubled or reordered, whatever happens", arguments: [EventLogChoice.postgres, .kafka])
        func faults(log: EventLogChoice) async throws {
            let suite = try await SuiteUnderTest.over(log)
            let seed = freshSeed("chaos over \(log.rawValue)")
            let environment = ProcessInfo.processInfo.environment
            let rounds = environment["CHAOS_ROUNDS"].flatMap { Int($0) } ?? 1
            let chosen = (environment["CHAOS_FAULTS"] ?? "").split(separator: ",").map(String.init)
            for name in chosen {
                try #require(
                    Fault(rawValue: name) != nil, "no fault is called \(name): \(Fault.allCases.map(\.rawValue))")
            }
            let faults = Fault.all(over: log).filter { chosen.isEmpty || chosen.contains($0.rawValue) }
            try await Chaos(suite, seed: seed).run(faults, rounds: rounds)
        }
    }
}

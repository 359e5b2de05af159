import Foundation
import ServiceKit
import TestSupport
import Testing

extension EndToEnd {
    /// Whatever befalls a suite from outside: whoever was told "accepted" finds it, once, and in order.
    ///
    /// Each fault happens `CHAOS_ROUNDS` times over each log; once, and long ones not, when nothing is said. `CHAOS_FAULTS` picks some of them
    /// by name, such as `serverKilled`, separated by commas.
    @Suite
    struct ChaosTests {
        @Test("nothing is lost, doubled or reordered, whatever happens", arguments: [EventLogChoice.postgres, .kafka])
        func faults(log: EventLogChoice) async throws {
            let suite = try await SuiteUnderTest.over(log)
            let seed = freshSeed("chaos over \(log.rawValue)")
            let environment = ProcessInfo.processInfo.environment
            let rounds = environment["CHAOS_ROUNDS"].flatMap { Int($0) }
            let chosen = (environment["CHAOS_FAULTS"] ?? "").split(separator: ",").map(String.init)
            for name in chosen {
                try #require(
                    Fault(rawValue: name) != nil, "no fault is called \(name): \(Fault.allCases.map(\.rawValue))")
            }
            var faults = Fault.all(over: log).filter { fault in
                chosen.isEmpty ? rounds != nil || !fault.isLong : chosen.contains(fault.rawValue)
            }
            if case .failure(let reason) = suite.machine {
                for fault in faults where fault.isOfMachine {
                    print("skipped, because it cannot be had on this machine: \(fault.rawValue) (\(reason))")
                }
                faults.removeAll(where: \.isOfMachine)
            }
            if !LossyNetwork.isPossible {
                for fault in faults where fault.isOfNetwork {
                    print("skipped, because packets can be filtered on Linux alone: \(fault.rawValue)")
                }
                faults.removeAll(where: \.isOfNetwork)
            }
            if log == .kafka, suite.broker == nil, faults.contains(.brokerAway) {
                print("skipped, because only the mock broker can be taken away: \(Fault.brokerAway.rawValue)")
                faults.removeAll { $0 == .brokerAway }
            }
            try await Chaos(suite, seed: seed).run(faults, rounds: rounds ?? 1)
        }
    }
}

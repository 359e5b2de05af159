import ServiceKit
import TestSupport
import Testing

extension EndToEnd {
    /// Whoever was told "accepted" finds it, once, whatever is killed meanwhile.
    @Suite
    struct KillTests {
        @Test("services and PostgreSQL killed under load lose nothing and do nothing twice")
        func postgresLog() async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            let seed = freshSeed("kills over postgres")
            let load = Load(suite, seed: seed)
            try await load.during(publishers: 4, workers: 3) {
                try await kill(20, of: suite, seed: seed) { number in
                    guard number == 7 || number == 14 else { return }
                    let server = suite.server
                    try await blocking { try server.restart(immediate: true) }
                }
            }
            print("kills over postgres: \(load.summary)")
            #expect(load.acknowledged.reports.count > 50, "the load was no load")
            try await suite.expectSound(load.acknowledged.reports)
            try await load.expectStepsKept()
        }

        @Test("services killed under load lose nothing and do nothing twice over Kafka")
        func kafkaLog() async throws {
            let suite = try await SuiteUnderTest.over(.kafka)
            let seed = freshSeed("kills over kafka")
            let load = Load(suite, seed: seed)
            try await load.during(publishers: 2, workers: 2) { try await kill(6, of: suite, seed: seed) { _ in } }
            print("kills over kafka: \(load.summary)")
            #expect(load.acknowledged.reports.count > 20, "the load was no load")
            try await suite.expectSound(load.acknowledged.reports)
            try await load.expectStepsKept()
        }

        /// Kills services, each at a moment and in an order that follow from the seed, and starts each again at once.
        private func kill(
            _ kills: Int, of suite: SuiteUnderTest, seed: UInt64, besides: (Int) async throws -> Void
        ) async throws {
            var generator = SeededGenerator(seed: seed)
            for number in 1...kills {
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...1_500, using: &generator)))
                let service = ServiceName.allCases.randomElement(using: &generator) ?? .router
                await suite.kill(service)
                try await besides(number)
                try await suite.restart(service)
            }
        }
    }
}

import Dispatch
import ServiceKit
import TestSupport
import Testing

extension EndToEnd {
    /// A service that is told to stop finishes what it has promised.
    @Suite
    struct ShutdownTests {
        @Test("SIGTERM under load: unready first, then exit 0 in time, and nothing is lost")
        func underLoad() async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            let load = Load(suite, seed: freshSeed("shutdown"))
            try await load.during(publishers: 3, workers: 2) {
                for service in ServiceName.allCases {
                    let begin = DispatchTime.now()
                    async let unready = becomesUnready(suite, service)
                    let ending = await suite.stop(service)
                    let milliseconds = (DispatchTime.now().uptimeNanoseconds - begin.uptimeNanoseconds) / 1_000_000
                    #expect(ending == .exit(0), "\(service.rawValue), see \(suite.logPath(service))")
                    #expect(milliseconds < 10_000, "\(service.rawValue) took \(milliseconds) ms")
                    #expect(try await unready, "\(service.rawValue) did not turn unready first, for good")
                    try await suite.restart(service)
                }
            }
            print("shutdown: \(load.summary)")
            try await suite.expectSound(load.acknowledged.reports)
            try await load.expectStepsKept()
        }

        /// Whether the service answered 503 before it was gone, and never again 200 after that.
        private func becomesUnready(_ suite: SuiteUnderTest, _ service: ServiceName) async throws -> Bool {
            let process = suite.process(service)
            var wasUnready = false
            while process?.isRunning == true {
                guard let answer = try? await HTTP.get(suite.url(service, "/health/ready"), seconds: 2) else {
                    continue
                }
                if wasUnready, answer.status == 200 { return false }
                wasUnready = wasUnready || answer.status == 503
            }
            return wasUnready
        }
    }
}

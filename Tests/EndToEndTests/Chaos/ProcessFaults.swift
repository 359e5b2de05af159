import Foundation
import Testing

/// Processes that end or stand still.
extension SuiteUnderTest {
    /// Stops a service's process in the midst of its work until others take it for dead and a second process of the
    /// service has taken its place; then lets it go on, unaware, and ends the second.
    func freeze(_ service: ServiceName) async throws {
        guard let frozen = process(service) else { return }
        frozen.send(SIGSTOP)
        let deputy = try await startDeputy(service)
        try await require("the deputy of \(service.rawValue) is ready", seconds: 120) {
            try await HTTP.get("http://127.0.0.1:\(deputy.port)/health/ready").status == 200
        }
        frozen.send(SIGCONT)
        // Both are awake now; the one that slept has to find out.
        try await Task.sleep(for: .seconds(1))
        deputy.process.send(SIGTERM)
        _ = await deputy.process.ending
    }
}

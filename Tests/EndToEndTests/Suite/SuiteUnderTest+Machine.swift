import Foundation
import Postgres
import TestSupport

extension SuiteUnderTest {
    /// What can be made to fail of a machine, for the suite's programs alone.
    struct Machine: Sendable {
        let serviceClock: PreloadedLibrary
        let serverClock: PreloadedLibrary
        let serverDisk: PreloadedLibrary

        /// Makes sure that the server has loaded what it was told to: its user may not be able to read it.
        func requireEffect(onServerAt url: String) throws {
            try serverClock.shift(seconds: -86_400)
            defer { try? serverClock.shift(seconds: 0) }
            let session = try PostgresSession(PostgresSettings(url: url), logger: SuiteUnderTest.quiet)
            defer { session.close() }
            let time = try session.query("SELECT clock_timestamp()").decode(PostgresTimestamp.self)
            let behind = Date().timeIntervalSince1970 - Double(time[0].microseconds) / 1e6
            guard abs(behind - 86_400) < 3_600 else {
                throw OperationFailed(
                    what: ["LD_PRELOAD"], ending: .exit(0), output: "PostgreSQL cannot load \(serverClock.path)")
            }
        }
    }
}

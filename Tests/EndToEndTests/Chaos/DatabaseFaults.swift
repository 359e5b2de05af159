import Dispatch
import Foundation
import Postgres
import TestSupport
import Testing

/// PostgreSQL, its connections and its disk.
extension SuiteUnderTest {
    /// Takes all connections of the server, and with them those the services had.
    func withoutConnections(seconds: Double) async throws {
        let url = postgresURL
        try await blocking {
            var taken: [PostgresSession] = []
            defer { for session in taken { session.close() } }
            func takeAll() {
                while let settings = try? PostgresSettings(url: url),
                    let session = try? PostgresSession(settings, logger: Self.quiet)
                { taken.append(session) }
            }
            takeAll()
            guard let first = taken.first else { return }
            try first.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name IN ('intake', 'router', 'sla-watcher', 'rewards', 'analytics')
                """)
            let end = DispatchTime.now() + seconds
            while DispatchTime.now() < end {
                takeAll()
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
    }

    /// Makes PostgreSQL's disk fail, and starts it again should it have given up.
    ///
    /// - Parameter folder: Of the data directory: the log ahead of writing (`pg_wal`) or the tables (`base`).
    func withBadDisk(_ fault: PreloadedLibrary.DiskFault, in folder: String, seconds: Double) async throws {
        let disk = try machine.get().serverDisk
        try disk.fail(fault, path: "/data/\(folder)/")
        defer { try? disk.fail(.none) }
        // Tables are written when there is no room for more pages in memory, and at checkpoints.
        try? await run("CHECKPOINT")
        try await Task.sleep(for: .seconds(seconds))
        try disk.fail(.none)
        try await superviseServer()
    }

    /// Waits until PostgreSQL answers, and starts it again when it has given up, as whoever supervises it does: without its
    /// log it does not come up again by itself.
    private func superviseServer() async throws {
        let server = server
        try await require("PostgreSQL answers", seconds: 60) {
            try await blocking { if !server.isRunning { try server.start() } }
            return try await value("SELECT 1", Int32.self) == 1
        }
    }
}

import Synchronization

/// What a check found.
public enum HealthStatus: Sendable, Equatable {
    case ok
    /// Not usable now; the reason is shown to everybody who asks, so it names no address, user or value.
    case failing(reason: String)
}

/// Knows whether the process lives and whether it is ready for work.
///
/// *Live* asks only whether the process itself makes progress: the heartbeats. It never asks a dependency, because
/// restarting a service does not mend its database. *Ready* asks all checks, and is false from the moment the
/// process begins to shut down.
public final class HealthRegistry: Sendable {
    private struct Check {
        let name: String
        let run: @Sendable () async -> HealthStatus
    }

    private struct State {
        var checks: [Check] = []
        var heartbeats: [Heartbeat] = []
        var isShuttingDown = false
        var last: (report: HealthReport, nanoseconds: Int64)?
    }

    private let state = Mutex(State())
    private let checkTimeout: Duration
    private let reuse: Duration
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - checkTimeout: A check that takes longer counts as failing.
    ///   - reuse: A report as young as this is given again, so that asking often costs dependencies nothing.
    ///   - now: Monotonic nanoseconds.
    public init(
        checkTimeout: Duration = .seconds(2), reuse: Duration = .milliseconds(500),
        now: @escaping @Sendable () -> Int64 = Clocks.monotonicNanoseconds
    ) {
        self.checkTimeout = checkTimeout
        self.reuse = reuse
        self.now = now
    }

    /// Adds a check that readiness depends on, such as a ping of the database.
    public func register(_ name: String, check: @escaping @Sendable () async -> HealthStatus) {
        state.withLock { $0.checks.append(Check(name: name, run: check)) }
    }

    /// Adds a loop that must beat at least every `maximumAge`; if it does not, the process counts as hung.
    public func heartbeat(_ name: String, maximumAge: Duration) -> Heartbeat {
        let heartbeat = Heartbeat(name: name, maximumAge: maximumAge, now: now)
        state.withLock { $0.heartbeats.append(heartbeat) }
        return heartbeat
    }

    /// Forgets a heartbeat whose loop has ended in an orderly way.
    public func remove(_ heartbeat: Heartbeat) {
        state.withLock { state in state.heartbeats.removeAll { $0 === heartbeat } }
    }

    /// From now on the process is not ready.
    public func beginShutdown() {
        state.withLock { state in
            state.isShuttingDown = true
            state.last = nil
        }
    }

    public var isShuttingDown: Bool { state.withLock { $0.isShuttingDown } }

    /// Whether the process makes progress.
    public func live() -> HealthReport {
        let heartbeats = state.withLock { $0.heartbeats }
        return HealthReport(entries: heartbeats.map { HealthReport.Entry(name: $0.name, status: $0.status()) })
    }

    /// Whether the process can do its work: all checks and heartbeats are well, and it is not shutting down.
    public func ready() async -> HealthReport {
        let asked = now()
        let (checks, isShuttingDown, last) = state.withLock { ($0.checks, $0.isShuttingDown, $0.last) }
        if isShuttingDown { return Self.shuttingDown }
        if let last, asked - last.nanoseconds < reuse.wholeNanoseconds { return last.report }
        var entries = await withTaskGroup(of: (Int, HealthReport.Entry).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { [checkTimeout] in
                    let status = await Self.status(of: check.run, within: checkTimeout)
                    return (index, HealthReport.Entry(name: check.name, status: status))
                }
            }
            var results: [(Int, HealthReport.Entry)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
        entries += live().entries
        let report = HealthReport(entries: entries)
        return state.withLock { state in
            // Shutdown may have begun while the checks ran; its answer wins.
            guard !state.isShuttingDown else { return Self.shuttingDown }
            state.last = (report, asked)
            return report
        }
    }

    private static let shuttingDown = HealthReport(entries: [
        HealthReport.Entry(name: "shutdown", status: .failing(reason: "shutting down"))
    ])

    /// Does not wait for a check that ignores its cancellation, or a hung driver would hang the probe too.
    private static func status(
        of check: @escaping @Sendable () async -> HealthStatus, within timeout: Duration
    ) async -> HealthStatus {
        let (results, continuation) = AsyncStream.makeStream(of: HealthStatus.self)
        let work = Task { continuation.yield(await check()) }
        let alarm = Task {
            try? await Task.sleep(for: timeout)
            continuation.yield(.failing(reason: "no answer within \(timeout.settingText)"))
        }
        defer {
            work.cancel()
            alarm.cancel()
            continuation.finish()
        }
        for await status in results { return status }
        return .failing(reason: "cancelled")
    }
}

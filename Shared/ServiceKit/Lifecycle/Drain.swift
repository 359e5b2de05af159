import Dispatch
import Logging
import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The last service to start and so the first to stop: turns the process unready before anything else stops, and
/// sees to it that the process is gone in time.
struct Drain: Service {
    let health: HealthRegistry
    /// Time for load balancers to notice.
    let pause: Duration
    /// Time after which the process ends come what may.
    let limit: Duration
    let logger: Logger

    func run() async throws {
        try await gracefulShutdown()
        health.beginShutdown()
        logger.notice("stopping", metadata: ["limit": .string(limit.settingText)])
        startWatchdog()
        try? await Task.sleep(for: pause)
    }

    /// A thread of its own, because a process that does not stop may have all others blocked. State is safe: whatever
    /// is not committed was not promised.
    private func startWatchdog() {
        let deadline = DispatchTime.now() + .nanoseconds(Int(limit.wholeNanoseconds))
        DispatchQueue(label: "shutdown-watchdog").asyncAfter(deadline: deadline) { [logger] in
            logger.critical("did not stop in time, ending the process")
            _exit(ExitCode.internalError.rawValue)
        }
    }
}

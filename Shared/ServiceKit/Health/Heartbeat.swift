import Synchronization

/// Proof that a loop is going round. The loop calls ``beat()`` each time; liveness fails when it stops.
public final class Heartbeat: Sendable {
    public let name: String
    private let maximumAge: Int64
    private let now: @Sendable () -> Int64
    private let last: Atomic<Int64>

    init(name: String, maximumAge: Duration, now: @escaping @Sendable () -> Int64) {
        self.name = name
        self.maximumAge = maximumAge.wholeNanoseconds
        self.now = now
        last = Atomic(now())
    }

    /// Says that the loop is alive. Costs a few nanoseconds.
    public func beat() { last.store(now(), ordering: .relaxed) }

    func status() -> HealthStatus {
        let age = now() - last.load(ordering: .relaxed)
        return age <= maximumAge ? .ok : .failing(reason: "no progress for \(age / 1_000_000_000) s")
    }
}

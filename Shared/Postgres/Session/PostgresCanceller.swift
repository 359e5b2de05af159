import CLibpq
import Synchronization

/// Stops the statement a session is running, from any thread.
public final class PostgresCanceller: Sendable {
    private enum Stop {
        static let none = 0
        static let requested = 1
        static let seen = 2
    }

    // Safe: a PGcancel is never changed after it was made, and libpq documents PQcancel as thread-safe.
    private nonisolated(unsafe) let handle: OpaquePointer?
    private let stop = Atomic(Stop.none)

    init(_ handle: OpaquePointer?) { self.handle = handle }
    deinit { PQfreeCancel(handle) }

    /// Asks the server to stop what the session is running now; nothing happens if it runs nothing.
    ///
    /// Blocks for a round trip on a connection of its own. The statement fails with code `cancelled`, unless it ends
    /// first. Returns whether the request could be delivered.
    @discardableResult
    public func cancel() -> Bool {
        var message = [CChar](repeating: 0, count: 256)
        return PQcancel(handle, &message, Int32(message.count)) == 1
    }

    /// Makes the session refuse to start further statements until ``rearm()``.
    func requestStop() { change(from: Stop.none, to: Stop.requested) }
    /// The session has told its user; no need to ask the server again.
    func stopWasSeen() { change(from: Stop.requested, to: Stop.seen) }
    func rearm() { stop.store(Stop.none, ordering: .relaxed) }
    var stopWasRequested: Bool { stop.load(ordering: .relaxed) != Stop.none }
    var stopIsPending: Bool { stop.load(ordering: .relaxed) == Stop.requested }

    private func change(from expected: Int, to desired: Int) {
        _ = stop.compareExchange(expected: expected, desired: desired, ordering: .relaxed)
    }
}

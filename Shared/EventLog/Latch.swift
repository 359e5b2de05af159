import Dispatch

/// Something that happens once and that many may wait for, before or after.
final class Latch: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    /// Returns when the latch is open; at once when it is already.
    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
}

import Messages
import Synchronization

/// What a process remembers of its lanes for as long as it lives, whoever owns them meanwhile.
final class LaneMemory: Sendable {
    /// From where the suite's clock is compared with monotonic time.
    let anchor = ClockAnchor()
    private let begun = Mutex<[TapeKey: Int64]>([:])

    /// Notes that this process begins a message which others may have died of.
    func begin(_ offset: Int64, of lane: TapeKey) { begun.withLock { $0[lane] = offset } }

    /// Whether this process has begun that message before. Then it did not die of it: something else failed, such as the
    /// database's disk.
    func hasBegun(_ offset: Int64, of lane: TapeKey) -> Bool { begun.withLock { $0[lane] == offset } }
}

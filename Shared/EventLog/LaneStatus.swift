import Synchronization

/// How a lane fares, for health checks and operators. Written by the lane's thread, read by anyone.
public struct LaneStatus: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// Not yet the owner.
        case starting
        case running
        /// Waits for something and goes on by itself.
        case paused(reason: String)
        /// Will not go on without an operator.
        case stopped(reason: String)
        case released
    }

    public var input: String
    public var partition: Int
    public var state: State
    /// First offset that has not been handled.
    public var position: Int64
    public var caughtUp: Bool

    public var isReady: Bool { state == .running }
}

/// A lane's status behind a lock.
final class LaneStatusBox: Sendable {
    private let box: Mutex<LaneStatus>

    init(input: String, partition: Int) {
        box = Mutex(
            LaneStatus(input: input, partition: partition, state: .starting, position: 0, caughtUp: false))
    }

    var value: LaneStatus { box.withLock { $0 } }

    func update(_ change: (inout LaneStatus) -> Void) { box.withLock { change(&$0) } }
}

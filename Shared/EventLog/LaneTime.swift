import City
import Messages

/// What time it is for a lane: while messages wait, the time of the last one read, and so never ahead of the log.
struct LaneTime {
    private var logTime: Timestamp?

    mutating func noteHandled(_ message: Message) { logTime = max(logTime ?? message.time, message.time) }

    /// The latest moment it may be: without a bound when nothing waits, nil when messages wait and none was read yet.
    func latest(caughtUp: Bool) -> Timestamp? { caughtUp ? Timestamp(microseconds: .max) : logTime }
}

import City
import Messages

/// What time it is for a lane: while messages wait, the time of the last one read, and so never ahead of the log.
struct LaneTime {
    private var logTime: Timestamp?

    mutating func noteHandled(_ message: Message) { logTime = max(logTime ?? message.time, message.time) }

    /// - Parameters:
    ///   - caughtUp: Nothing was left to read.
    ///   - wall: The suite's time; asked only when it counts.
    /// - Returns: nil when messages wait and none was read yet.
    func now(caughtUp: Bool, wall: () throws -> Timestamp) rethrows -> Timestamp? {
        caughtUp ? try wall() : logTime
    }
}

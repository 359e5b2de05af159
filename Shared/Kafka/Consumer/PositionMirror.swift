internal import CLibrdkafka
internal import Synchronization

/// Tells the broker the group's positions now and then, rather than after every batch: lag monitors look every few
/// seconds, and each telling is a request that the broker writes to its own log.
final class PositionMirror: Sendable {
    private struct State {
        var untold: [TopicPartition: Int64] = [:]
        var lastTold: Instant?
    }

    private static let intervalMilliseconds = 1000

    private let client: Client
    private let state = Mutex(State())

    init(_ client: Client) { self.client = client }

    /// Takes positions, and tells them if it is time.
    func note(_ positions: [TopicPartition: Int64]) {
        state.withLock { $0.untold.merge(positions) { $1 } }
        tellIfDue()
    }

    func tellIfDue() {
        let isDue = state.withLock { state in
            (state.lastTold?.ageMilliseconds ?? .max) >= PositionMirror.intervalMilliseconds
        }
        if isDue { tell() }
    }

    /// Tells what is untold at once, without waiting for an answer.
    func tell() {
        let positions = state.withLock { state in
            defer { state.untold = [:] }
            if !state.untold.isEmpty { state.lastTold = Instant() }
            return state.untold
        }
        guard !positions.isEmpty else { return }
        _ = PartitionList.with(positions) { rd_kafka_commit(client.raw, $0, 1) }
    }
}

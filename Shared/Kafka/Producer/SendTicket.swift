internal import Dispatch
internal import Synchronization
internal import Threads

/// One call of `send`: collects what becomes of its messages and wakes the sender when all is known.
final class SendTicket: Sendable {
    private struct State {
        var deliveries: [KafkaDelivery?]
        var outstanding: Int
    }

    private let state: Mutex<State>
    private let settled = MonotonicSemaphore(value: 0)

    init(count: Int) {
        state = Mutex(State(deliveries: Array(repeating: nil, count: count), outstanding: count))
    }

    /// Records outcomes by the message's place in the call. Returns true with the last one.
    func resolve(_ outcomes: some Sequence<(index: Int, delivery: KafkaDelivery)>) -> Bool {
        let isDone = state.withLock { state in
            for (index, delivery) in outcomes where state.deliveries[index] == nil {
                state.deliveries[index] = delivery
                state.outstanding -= 1
            }
            return state.outstanding == 0
        }
        if isDone { settled.signal() }
        return isDone
    }

    /// Blocks until all is known. Returns false when the deadline came first.
    func wait(until deadline: Deadline) -> Bool {
        guard settled.wait(timeout: deadline.time) == .success else { return false }
        settled.signal()  // For whoever else waits.
        return true
    }

    /// What is known by now; `nil` where nothing is.
    var deliveries: [KafkaDelivery?] { state.withLock { $0.deliveries } }
}

/// All calls of `send` whose messages are still on their way.
///
/// A message carries its call's number and its place in that call through the library as one integer, so no
/// memory has to be kept alive for it.
final class SendTickets: Sendable {
    /// Messages in one call; more would not fit the integer.
    static let capacity = 1 << 20

    private struct State {
        var last = 0
        var open: [Int: SendTicket] = [:]
        /// Partitions with messages that a caller gave up waiting for.
        var stragglers: [TopicPartition: SendTicket] = [:]
    }

    private let state = Mutex(State())

    func open(count: Int) -> (number: Int, ticket: SendTicket) {
        let ticket = SendTicket(count: count)
        return state.withLock { state in
            state.last += 1
            state.open[state.last] = ticket
            return (state.last, ticket)
        }
    }

    func resolve(_ number: Int, _ outcomes: some Sequence<(index: Int, delivery: KafkaDelivery)>) {
        guard let ticket = state.withLock({ $0.open[number] }), ticket.resolve(outcomes) else { return }
        state.withLock { state in
            state.open[number] = nil
            state.stragglers = state.stragglers.filter { $0.value !== ticket }
        }
    }

    /// Remembers that messages of these partitions may still arrive in the log.
    func leaveBehind(_ number: Int, _ partitions: Set<TopicPartition>) {
        state.withLock { state in
            guard let ticket = state.open[number] else { return }
            for partition in partitions { state.stragglers[partition] = ticket }
        }
    }

    var stragglers: [TopicPartition: SendTicket] { state.withLock { $0.stragglers } }

    var outstanding: [SendTicket] { state.withLock { Array($0.open.values) } }

    static func tag(_ number: Int, _ index: Int) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: number * capacity + index)
    }

    static func untag(_ tag: UnsafeMutableRawPointer?) -> (number: Int, index: Int) {
        let value = Int(bitPattern: tag)
        return (value / capacity, value % capacity)
    }
}

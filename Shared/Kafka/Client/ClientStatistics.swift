internal import FoundationEssentials
internal import Metrics
internal import Synchronization

/// The few figures we want from the library's statistics document.
struct ClientStatistics: Decodable {
    struct Broker: Decodable {
        struct Window: Decodable {
            /// Microseconds.
            var avg: Int64
        }

        var nodeid: Int32
        var state: String
        var rtt: Window
    }

    /// Messages waiting in the client to be sent.
    var queued: Int64
    /// Messages sent since the client was made.
    var sent: Int64
    /// Messages received since the client was made.
    var received: Int64
    var brokers: [String: Broker]

    private enum CodingKeys: String, CodingKey {
        case queued = "msg_cnt"
        case sent = "txmsgs"
        case received = "rxmsgs"
        case brokers
    }

    var hasConnection: Bool { brokers.values.contains { $0.state == "UP" } }

    init?(json: UnsafeRawBufferPointer) {
        guard let statistics = try? JSONDecoder().decode(ClientStatistics.self, from: Data(json)) else { return nil }
        self = statistics
    }
}

/// Turns statistics into metrics of one client.
final class ClientGauges: Sendable {
    private struct State {
        var sent: Int64 = 0
        var received: Int64 = 0
        var roundTrips: [Int32: Gauge] = [:]
    }

    private let clientID: String
    private let queue: Gauge
    private let sent: Counter
    private let received: Counter
    private let state = Mutex(State())

    init(clientID: String) {
        self.clientID = clientID
        let dimensions = [("client_id", clientID)]
        queue = Gauge(label: "messaging.kafka.client.queue", dimensions: dimensions)
        sent = Counter(label: "messaging.client.sent.messages", dimensions: dimensions)
        received = Counter(label: "messaging.client.consumed.messages", dimensions: dimensions)
    }

    func record(_ statistics: ClientStatistics) {
        queue.record(statistics.queued)
        state.withLock { state in
            sent.increment(by: max(0, statistics.sent - state.sent))
            received.increment(by: max(0, statistics.received - state.received))
            state.sent = statistics.sent
            state.received = statistics.received
            // Negative numbers are bootstrap addresses and the group's coordinator, which are brokers too.
            for broker in statistics.brokers.values where broker.nodeid >= 0 && broker.state == "UP" {
                let gauge =
                    state.roundTrips[broker.nodeid]
                    ?? Gauge(
                        label: "messaging.kafka.broker.rtt.seconds",
                        dimensions: [("client_id", clientID), ("broker", String(broker.nodeid))])
                state.roundTrips[broker.nodeid] = gauge
                gauge.record(Double(broker.rtt.avg) / 1_000_000)
            }
        }
    }
}

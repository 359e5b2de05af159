internal import CLibrdkafka

/// What a client of the library is made for; decides which properties it gets.
enum ClientRole: Equatable {
    case producer
    /// `maxBufferedMessages` is per partition.
    case consumer(maxBufferedMessages: Int)
    case admin
}

/// The properties of one client: our defaults, then what the operator says, then what we insist on.
struct ClientConfiguration {
    private let role: ClientRole
    private let operatorProperties: [String: String]
    private var properties: [(name: String, value: String)]

    init(_ settings: KafkaSettings, role: ClientRole) {
        self.role = role
        self.operatorProperties = settings.extra
        let defaults = ClientConfiguration.commonDefaults + ClientConfiguration.defaults(for: role)
        properties = defaults.filter { settings.extra[$0.name] == nil }
        properties += settings.extra.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        properties.append(("bootstrap.servers", settings.bootstrapServers))
        properties.append(("client.id", settings.clientID))
        if case .consumer = role { properties.append(("group.id", settings.groupID ?? "\(settings.clientID)-reader")) }
        properties += ClientConfiguration.insisted(for: role)
    }

    mutating func omit(_ name: String) {
        properties.removeAll { $0.name == name }
    }

    /// Makes a client of the library.
    ///
    /// - Parameter observer: Receives logs, errors and statistics. Must outlive the client.
    /// - Returns: The client, owned by the caller.
    func makeClient(observer: ClientObserver?) throws(KafkaError) -> OpaquePointer {
        for name in operatorProperties.keys.sorted() where ClientConfiguration.reserved.contains(name) {
            throw .configuration(name, "is set by this program, because its guarantees depend on it")
        }
        let configuration = rd_kafka_conf_new()!
        let reason = UnsafeMutablePointer<CChar>.allocate(capacity: ClientConfiguration.reasonCapacity)
        defer { reason.deallocate() }
        do {
            for (name, value) in properties {
                try ClientConfiguration.set(name, value, in: configuration, reason: reason)
            }
        } catch {
            rd_kafka_conf_destroy(configuration)
            throw error
        }
        if let observer {
            observer.attach(to: configuration, role: role)
        } else {
            rd_kafka_conf_set_log_cb(configuration, nil)
        }

        let type = if case .consumer = role { RD_KAFKA_CONSUMER } else { RD_KAFKA_PRODUCER }
        guard let client = rd_kafka_new(type, configuration, reason, ClientConfiguration.reasonCapacity) else {
            rd_kafka_conf_destroy(configuration)
            throw ClientConfiguration.refusal(String(cString: reason))
        }
        return client
    }

    private static let reasonCapacity = 512

    private static func set(
        _ name: String, _ value: String, in configuration: OpaquePointer, reason: UnsafeMutablePointer<CChar>
    ) throws(KafkaError) {
        switch rd_kafka_conf_set(configuration, name, value, reason, reasonCapacity) {
        case RD_KAFKA_CONF_OK: return
        case RD_KAFKA_CONF_UNKNOWN where optional.contains(name): return
        case RD_KAFKA_CONF_UNKNOWN: throw .configuration(name, "is not a property librdkafka knows")
        case _ where KafkaSettings.isSecret(name): throw .configuration(name, "the value is refused")
        default: throw .configuration(name, String(cString: reason))
        }
    }

    /// librdkafka checks some properties only when the client is made; its text then begins with the name or holds
    /// it in back quotes.
    private static func refusal(_ reason: String) -> KafkaError {
        let quoted = reason.split(separator: "`", omittingEmptySubsequences: false)
        let candidates = [reason.prefix { $0 != " " && $0 != ":" }] + (quoted.count > 2 ? [quoted[1]] : [])
        let fallback: Substring = reason.contains("SASL mechanism") ? "sasl.mechanism" : "configuration"
        let name = candidates.first { $0.contains(".") && !$0.hasSuffix(".") } ?? fallback
        let isSecret = KafkaSettings.isSecret(String(name))
        return .configuration(String(name), isSecret ? "the value is refused" : reason)
    }
}

extension ClientConfiguration {
    private typealias Property = (name: String, value: String)

    private static let commonDefaults: [Property] = [
        ("socket.keepalive.enable", "true"),
        // Small requests must not wait for the acknowledgement of the one before.
        ("socket.nagle.disable", "true"),
        // A broker that hangs without closing its connection is noticed in this time.
        ("socket.timeout.ms", "15000"),
        // The library's default lets a client wait 10 s after the broker is back.
        ("reconnect.backoff.ms", "50"),
        ("reconnect.backoff.max.ms", "1000"),
        ("topic.metadata.refresh.interval.ms", "30000"),
        ("statistics.interval.ms", "5000"),
    ]

    private static func defaults(for role: ClientRole) -> [Property] {
        switch role {
        case .producer:
            [
                // Senders hand over whole batches and wait for them, so there is little to linger for.
                ("linger.ms", "0.5"),
                ("queue.buffering.max.messages", "100000"),
                ("queue.buffering.max.kbytes", "65536"),
            ]
        case .consumer:
            [
                // Per partition; one fetch answer (fetch.message.max.bytes, 1 MiB) may come on top.
                ("queued.max.messages.kbytes", "4096"),
                ("fetch.queue.backoff.ms", "5"),
                // A fetch that waits for messages holds up other questions to the same broker, such as whether the
                // end is still the end.
                ("fetch.wait.max.ms", "100"),
                ("check.crcs", "true"),
                // A killed member's partitions are handed over after this time.
                ("session.timeout.ms", "10000"),
                ("heartbeat.interval.ms", "2000"),
                ("allow.auto.create.topics", "false"),
            ]
        case .admin: []
        }
    }

    private static func insisted(for role: ClientRole) -> [Property] {
        switch role {
        case .producer:
            [
                ("enable.idempotence", "true"),
                ("acks", "all"),
                ("max.in.flight.requests.per.connection", "5"),
                // Never send the next message after one that failed for good: report a fatal error instead.
                ("enable.gapless.guarantee", "true"),
                // A message that times out while the one behind it does not would leave a gap. Messages wait for
                // their broker; only the sender's patience ends.
                ("message.timeout.ms", "0"),
                ("delivery.report.only.error", "false"),
            ]
        case .consumer(let maxBufferedMessages):
            [
                ("auto.offset.reset", "error"),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("enable.partition.eof", "true"),
                // Cooperative assignment can lose partitions before librdkafka 2.10.
                ("partition.assignment.strategy", "range"),
                ("queued.min.messages", String(min(max(maxBufferedMessages, 1), 10_000_000))),
            ]
        // Nobody would read them, and they would pile up.
        case .admin: [("statistics.interval.ms", "0")]
        }
    }

    /// Newer than the oldest library we support; left out where it is unknown.
    private static let optional: Set<String> = ["fetch.queue.backoff.ms"]

    /// Properties, and their aliases, that an operator must not change.
    private static let reserved: Set<String> = [
        "bootstrap.servers", "metadata.broker.list", "client.id", "group.id",
        "enable.idempotence", "acks", "request.required.acks", "max.in.flight.requests.per.connection", "max.in.flight",
        "enable.gapless.guarantee", "message.timeout.ms", "delivery.timeout.ms", "delivery.report.only.error",
        "retries", "message.send.max.retries", "transactional.id", "queuing.strategy",
        "auto.offset.reset", "enable.auto.commit", "auto.commit.enable", "enable.auto.offset.store",
        "enable.partition.eof", "partition.assignment.strategy", "queued.min.messages", "log.queue",
    ]
}

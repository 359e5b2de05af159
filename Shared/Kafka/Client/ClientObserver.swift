internal import CLibrdkafka
internal import Logging
internal import Synchronization

/// Hears what a client has to say: logs, errors, statistics and, for members of a group, assignments.
///
/// Logs come on the library's own threads; everything else on the thread that polls the client.
final class ClientObserver: Sendable {
    enum Rebalance: Sendable {
        case assigned([TopicPartition])
        case revoked([TopicPartition])
    }

    let logger: Logger
    private let gauges: ClientGauges
    private let lostConnections = Atomic<Int>(0)
    private let connected = Atomic<Bool>(false)
    private let rebalanceHandler = Mutex<(@Sendable (Rebalance) -> Void)?>(nil)
    private let statisticsHandler = Mutex<(@Sendable () -> Void)?>(nil)

    init(_ settings: KafkaSettings, logger: Logger) {
        var logger = logger
        logger[metadataKey: "kafka.client.id"] = "\(settings.clientID)"
        if let group = settings.groupID { logger[metadataKey: "kafka.group.id"] = "\(group)" }
        self.logger = logger
        self.gauges = ClientGauges(clientID: settings.clientID)
    }

    /// Grows with every connection that is lost, so that knowledge from before can be told from knowledge after.
    var disruptions: Int { lostConnections.load(ordering: .acquiring) }

    /// Whether a broker was reachable when last heard of.
    var isConnected: Bool { connected.load(ordering: .relaxed) }

    func noteConnected() { connected.store(true, ordering: .relaxed) }

    func onRebalance(_ handler: (@Sendable (Rebalance) -> Void)?) { rebalanceHandler.withLock { $0 = handler } }

    /// Called on the polling thread each time statistics arrive.
    func onStatistics(_ handler: (@Sendable () -> Void)?) { statisticsHandler.withLock { $0 = handler } }

    func noteError(_ error: KafkaError) {
        switch rd_kafka_resp_err_t(rawValue: error.rdkafkaCode) {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            connected.store(false, ordering: .relaxed)
            lostConnections.add(1, ordering: .acquiringAndReleasing)
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TIMED_OUT:
            lostConnections.add(1, ordering: .acquiringAndReleasing)
        default: break
        }
        logger.log(
            level: error.isFatal ? .error : .debug, "Kafka client reports an error",
            metadata: ["kafka.error": "\(error.rdkafkaName)", "kafka.reason": "\(error.reason)"])
    }

    func noteStatistics(_ json: UnsafeRawBufferPointer) {
        guard let statistics = ClientStatistics(json: json) else { return }
        connected.store(statistics.hasConnection, ordering: .relaxed)
        gauges.record(statistics)
        statisticsHandler.withLock { $0 }?()
    }

    fileprivate func noteRebalance(_ rebalance: Rebalance) { rebalanceHandler.withLock { $0 }?(rebalance) }

    /// Logs go straight to the logger instead of through a queue, so they neither pile up nor wait while the polling
    /// thread is busy handing over partitions.
    fileprivate func noteLog(level: Int32, facility: String, text: String) {
        let level: Logger.Level =
            switch level {
            // The client tells each role about properties meant for another; that is how settings are shared.
            case _ where facility == "CONFWARN": .debug
            case ...2: .critical
            case 3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
        logger.log(
            level: level, "Kafka client log",
            metadata: ["kafka.facility": "\(facility)", "kafka.detail": "\(text)"])
    }
}

extension ClientObserver {
    /// Registers this observer. The client must not outlive it.
    func attach(to configuration: OpaquePointer, role: ClientRole) {
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
            guard let client, let facility, let text else { return }
            ClientObserver.from(rd_kafka_opaque(client))?
                .noteLog(level: level, facility: String(cString: facility), text: String(cString: text))
        }
        switch role {
        case .admin: return
        case .producer:
            // The producer's thread takes events; see `DeliveryThread`.
            rd_kafka_conf_set_events(
                configuration, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS)
        case .consumer:
            rd_kafka_conf_set_error_cb(configuration) { _, code, reason, opaque in
                let error = KafkaError(
                    rd_kafka_resp_err_t(rawValue: code), reason: reason.map { String(cString: $0) })
                ClientObserver.from(opaque)?.noteError(error)
            }
            rd_kafka_conf_set_stats_cb(configuration) { _, json, length, opaque in
                ClientObserver.from(opaque)?.noteStatistics(UnsafeRawBufferPointer(start: json, count: length))
                return 0
            }
            rd_kafka_conf_set_rebalance_cb(configuration) { _, code, partitions, opaque in
                let list = partitions.map { PartitionList.read($0) } ?? []
                let isAssignment = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
                ClientObserver.from(opaque)?.noteRebalance(isAssignment ? .assigned(list) : .revoked(list))
            }
        }
    }

    private static func from(_ opaque: UnsafeMutableRawPointer?) -> ClientObserver? {
        opaque.map { Unmanaged<ClientObserver>.fromOpaque($0).takeUnretainedValue() }
    }
}

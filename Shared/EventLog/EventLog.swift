import City
import Dispatch
public import Kafka
public import Logging
public import Messages
public import Postgres
import Synchronization
import Threads

/// Which log a suite runs on.
public enum LogKind: String, Sendable, CaseIterable {
    /// One machine needs no broker: durable, transactional, woken by notices.
    case postgres
    /// Partitions, groups, replication and retention are Kafka's own.
    case kafka
}

/// The lanes of one process of one service, over the PostgreSQL log or Kafka.
///
/// Declare inputs with ``consume(_:makeHandler:)`` and ``requests(limits:makeHandler:)``, then ``start()``. Each message
/// has its effect exactly once, in order per key, however often this process, PostgreSQL or the broker crashes. While
/// PostgreSQL or the broker is away lanes pause, ``problems`` says so, and they go on by themselves.
public final class EventLog: Sendable {
    /// How this process reaches the log.
    public struct Settings: Sendable {
        public var service: String
        public var kind: LogKind
        public var postgres: PostgresSettings
        /// Needed when `kind` is `kafka`.
        public var kafka: KafkaSettings?
        public var limits = LaneLimits()
        public var retention = LogRetention()

        public init(service: String, kind: LogKind, postgres: PostgresSettings, kafka: KafkaSettings? = nil) {
            self.service = service
            self.kind = kind
            self.postgres = postgres
            self.kafka = kafka
        }
    }

    private struct State {
        var inputs: [LaneInput] = []
        var requests: [any RequestLaneRunning] = []
        var coordinator: Coordinator?
        var listener: PostgresListener?
    }

    private let settings: Settings
    private let logger: Logger
    private let hub = WakeHub()
    private let state = Mutex(State())
    private let producer: KafkaProducerHolder?

    public init(_ settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        producer = settings.kafka.map { KafkaProducerHolder(settings: $0, logger: logger) }
    }

    /// Declares a topic as input. `makeHandler` is called for each claim of a lane, on the lane's thread.
    public func consume(
        _ topic: Topic, makeHandler: @escaping @Sendable (LaneIdentity) throws -> any LaneHandler
    ) {
        state.withLock { $0.inputs.append(LaneInput(topic: topic, makeHandler: makeHandler)) }
    }

    /// Declares a lane for requests that write.
    public func requests<Handler: RequestHandler>(
        limits: RequestLimits = RequestLimits(),
        makeHandler: @escaping @Sendable (LaneIdentity) throws -> Handler
    ) -> RequestLane<Handler> {
        let lane = RequestLane(limits: limits, makeHandler: makeHandler)
        state.withLock { $0.requests.append(lane) }
        return lane
    }

    /// Starts all lanes and returns at once; lanes take over partitions as they become free.
    public func start() throws {
        PlantedFault.announce(logger)
        let (inputs, requests) = state.withLock { ($0.inputs, $0.requests) }
        let environment = LaneEnvironment(
            service: settings.service, settings: settings.postgres.forLanes, limits: settings.limits,
            retention: settings.retention, logger: logger)
        let coordinator = Coordinator(
            environment: environment, inputs: inputs, requests: requests, hub: hub,
            checkSuite: { [settings] session in try Suite.check(kind: settings.kind, session: session) }
        ) { [settings, hub, producer] session in
            let topics = try TopicTable(session: session)
            switch settings.kind {
            case .postgres:
                return RunningPostgresLog(environment: environment, topics: topics, hub: hub)
            case .kafka:
                guard let kafka = settings.kafka, let producer else {
                    throw LaneError(.unavailable, "Kafka is not configured")
                }
                return RunningKafkaLog(environment: environment, topics: topics, kafka: kafka, producer: producer)
            }
        }
        let listener = PostgresListener(
            settings.postgres,
            channels: [LogAnnouncer.channel] + Set(inputs.map { LogAnnouncer.channel(of: $0.topic) }).sorted(),
            logger: logger,
            onNotification: { [hub] notice in hub.ring(notice: notice.payload) }, onGap: { [hub] in hub.ringAll() })
        state.withLock {
            $0.coordinator = coordinator
            $0.listener = listener
        }
        coordinator.start()
    }

    /// Finishes what is in hand, publishes what is committed, hands over, and returns when that is done.
    public func stop() async {
        let (coordinator, listener) = state.withLock { state in
            defer { (state.coordinator, state.listener) = (nil, nil) }
            return (state.coordinator, state.listener)
        }
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "stop lanes").async { [producer] in
                coordinator?.stop()
                coordinator?.waitUntilStopped()
                producer?.close()
                continuation.resume()
            }
        }
        await listener?.shutdown()
    }

    /// Status of the lanes this process runs.
    public var lanes: [LaneStatus] { state.withLock { $0.coordinator }?.snapshot.lanes ?? [] }

    /// Why this process is not ready to work; empty when it is.
    public var problems: [String] {
        guard let snapshot = state.withLock({ $0.coordinator })?.snapshot else { return ["lanes are not started"] }
        var problems = snapshot.problem.map { [$0] } ?? []
        for lane in snapshot.lanes {
            switch lane.state {
            case .running: continue
            case .starting: problems.append("lane \(lane.input)/\(lane.partition) is being taken")
            case .paused(let reason): problems.append("lane \(lane.input)/\(lane.partition) is paused: \(reason)")
            case .stopped(let reason): problems.append("lane \(lane.input)/\(lane.partition) has stopped: \(reason)")
            case .released: problems.append("lane \(lane.input)/\(lane.partition) is with another process")
            }
        }
        return problems
    }
}

/// What all services of a suite agree on.
public enum Suite {
    /// The event log's own tables.
    public static let migrations = [
        PostgresMigration(number: 1, name: "init", sql: String(decoding: PackageResources._001_init_sql, as: UTF8.self))
    ]

    public static let migrator = PostgresMigrator(schema: "eventlog", migrations: migrations)

    /// Records which log the suite runs on, if nobody has, and refuses another.
    public static func check(kind: LogKind, session: PostgresSession) throws {
        try session.execute("INSERT INTO eventlog.suite (log) VALUES (\(kind.rawValue)) ON CONFLICT DO NOTHING")
        guard let row = try session.query("SELECT log FROM eventlog.suite").first else { return }
        let log = try row.decode(String.self)
        guard log == kind.rawValue else {
            throw LaneError(
                .otherLog, "the suite runs on \(log), this process is set to \(kind.rawValue); see `gridctl log copy`")
        }
    }

    /// Creates topics that do not exist; existing ones keep their partitions.
    public static func ensureTopics(_ topics: [Topic], partitions: Int, session: PostgresSession) throws {
        for topic in topics {
            // Dead letters are rare and read by people: one partition keeps them in order.
            let count = topic.name.hasSuffix(".dead") ? 1 : partitions
            _ = try session.query("SELECT eventlog.ensure_topic(\(topic.name), \(Int32(count)))")
        }
    }

    /// Every topic and how many partitions it has.
    public static func topicPartitions(session: PostgresSession) throws -> [Topic: Int] {
        try TopicTable(session: session).partitions
    }

    /// Creates Kafka's topics with as many partitions as ours, or checks that they have them.
    ///
    /// - Throws: ``LaneError`` when a topic is missing or has another number of partitions, or the broker is away.
    public static func ensureKafkaTopics(_ topics: [Topic: Int], kafka: KafkaSettings, logger: Logger) throws {
        let admin = try KafkaAdmin(kafka, logger: logger)
        func missing() throws -> [Topic: Int] {
            let described = try admin.describe(topics: topics.keys.map(\.name).sorted())
            let found = Dictionary(
                uniqueKeysWithValues: described.filter(\.exists).map { ($0.name, $0.partitions.count) })
            for (topic, count) in topics {
                guard let there = found[topic.name], there != count else { continue }
                throw LaneError(
                    .unavailable, "topic \(topic.name) has \(there) partitions at the broker, not \(count)")
            }
            return topics.filter { found[$0.key.name] == nil }
        }
        let wanted = try missing()
        guard !wanted.isEmpty else { return }
        _ = try admin.createTopics(
            wanted.sorted { $0.key < $1.key }.map { KafkaTopicSpec(name: $0.key.name, partitions: $0.value) })
        // The controller has answered; the broker that is asked may not have heard of it yet.
        var left = try missing()
        for _ in 0..<50 where !left.isEmpty {
            pause(until: .now() + .milliseconds(100))
            left = try missing()
        }
        guard left.isEmpty else {
            throw LaneError(.unavailable, "topics cannot be created: \(left.keys.map(\.name).sorted())")
        }
    }

    /// The suite's clock: the database's time, or the time of a replay.
    public static func now(session: PostgresSession) throws -> (microseconds: Int64, isReplay: Bool) {
        let time = try LaneStore.now(session: session)
        return (time.now.microseconds, time.isReplay)
    }

    /// Sets the clock of a replay; nil returns to the database's time. Lanes that have something due look at once.
    ///
    /// - Throws: ``LaneError`` when the clock would run backwards.
    public static func setReplayClock(microseconds: Int64?, session: PostgresSession) throws {
        let time = microseconds.map { PostgresTimestamp(microseconds: $0) }
        let changed = try session.execute(
            """
            UPDATE eventlog.clock SET replay_now = \(time)
            WHERE \(time) IS NULL OR replay_now IS NULL OR replay_now <= \(time)
            """)
        guard changed == 1 else { throw LaneError(.unavailable, "the clock of a replay never runs backwards") }
        let notice = microseconds.map(WakeHub.notice(ofReplayTime:)) ?? ""
        try session.execute("SELECT pg_notify(\(LogAnnouncer.channel), \(notice))")
    }
}

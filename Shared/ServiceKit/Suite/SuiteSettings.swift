import City
public import EventLog
public import Kafka
public import Postgres

/// How the shared settings become connections.
public enum SuiteSettings {
    /// Partitions of a topic that does not exist yet; existing topics keep theirs.
    public static let partitions = SettingKey(
        "event.log.partitions", default: 4, rule: .range(1...256),
        help: LocalizedText(zh: "新主题的分区数", en: "partitions of a topic that is created"))

    public static let batch = SettingKey(
        "event.log.batch", default: LaneLimits().batch, rule: .range(1...5_000),
        help: LocalizedText(zh: "一个事务最多处理的消息数", en: "most messages of one transaction"))
    /// What its work is worth to those who wait for it.
    public enum Pace: Sendable {
        /// People wait for what the service does.
        case prompt
        /// It follows what others do.
        case following

        /// How long its lanes let messages gather when nobody says otherwise.
        public var gathering: Duration {
            switch self {
            case .prompt: .milliseconds(25)
            case .following: .milliseconds(50)
            }
        }
    }

    public static let gather = gather(.following)

    private static func gather(_ pace: Pace) -> SettingKey<Duration> {
        SettingKey(
            "event.log.gather", default: pace.gathering, rule: .range(.milliseconds(0)...(.seconds(1))),
            help: LocalizedText(
                zh: "不落后的通道为凑成一批最多等待的时间；越短越快，越长越省",
                en: "longest time a lane that keeps up lets messages gather: less is prompter, more is cheaper"))
    }

    public static let retention = SettingKey(
        "event.log.retention.hours", default: LogRetention().hours, rule: .range(1...8_760),
        help: LocalizedText(
            zh: "PostgreSQL 日志中已读消息的保留小时数", en: "hours that read messages stay in the log in PostgreSQL"))
    public static let unreadRetention = SettingKey(
        "event.log.unread.retention.hours", default: LogRetention().unreadHours, rule: .range(1...8_760),
        help: LocalizedText(
            zh: "无人读取的消息（如结果回告）的保留小时数", en: "hours that messages stay which no lane reads, such as outcomes"))

    /// Settings that every service of the suite declares besides the standard ones.
    public static func declarations(_ pace: Pace) -> [SettingDeclaration] {
        [
            partitions.declaration, batch.declaration, gather(pace).declaration, retention.declaration,
            unreadRetention.declaration,
        ]
    }

    /// How lanes work.
    public static func limits(_ settings: Settings) -> LaneLimits {
        var limits = LaneLimits()
        limits.batch = settings[batch]
        let most = Int(settings[gather].wholeNanoseconds / 1_000_000)
        limits.gatherMilliseconds = most / 5...most
        return limits
    }

    /// How long the log in PostgreSQL keeps messages.
    public static func retention(_ settings: Settings) -> LogRetention {
        var keeping = LogRetention()
        keeping.hours = settings[retention]
        keeping.unreadHours = settings[unreadRetention]
        return keeping
    }

    public static func log(_ settings: Settings) -> LogKind {
        settings[StandardSettings.eventLog] == .kafka ? .kafka : .postgres
    }

    /// - Throws: ``SettingsError`` when the URL cannot be understood.
    public static func postgres(_ settings: Settings, service: String) throws -> PostgresSettings {
        do {
            var postgres = try PostgresSettings(url: settings[StandardSettings.postgresURL])
            postgres.applicationName = service
            return postgres
        } catch {
            throw SettingsError([
                SettingFault(
                    StandardSettings.postgresURL.declaration.environmentName,
                    LocalizedText(zh: "不是可用的数据库地址", en: "is not a connection URL PostgreSQL understands"), source: nil)
            ])
        }
    }

    /// Nil when the suite runs on PostgreSQL alone.
    ///
    /// - Throws: ``SettingsError`` naming the property that librdkafka refuses.
    public static func kafka(_ settings: Settings, service: String) throws -> KafkaSettings? {
        guard log(settings) == .kafka else { return nil }
        let extra = settings.passedOn(prefix: "kafka").filter { $0.key != "bootstrap.servers" }
        let kafka = KafkaSettings(
            bootstrapServers: settings[StandardSettings.kafkaBootstrapServers], clientID: "wangge-\(service)",
            groupID: service, extra: extra)
        do {
            try kafka.validate()
        } catch {
            throw SettingsError([
                SettingFault("KAFKA_*", LocalizedText(zh: "\(error)", en: "\(error)"), source: nil)
            ])
        }
        return kafka
    }
}

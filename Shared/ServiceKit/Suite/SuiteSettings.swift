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

    /// Settings that every service of the suite declares besides the standard ones.
    public static let declarations = [partitions.declaration]

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

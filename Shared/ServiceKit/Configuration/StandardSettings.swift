import City
public import Logging

/// Which log carries the messages between services.
public enum EventLogChoice: String, SettingChoice {
    case postgres, kafka
}

/// How log lines are written.
public enum LogFormat: String, SettingChoice {
    case json, text
}

/// The settings all services share.
public enum StandardSettings {
    public static let httpHost = SettingKey(
        "http.host", default: "127.0.0.1",
        help: LocalizedText(zh: "HTTP 监听地址", en: "address HTTP listens on"))
    /// Services replace the default with their own port.
    public static let httpPort = httpPort(default: 7100)
    public static let httpPortFile = SettingKey<String>(
        "http.port.file", presence: .optional,
        help: LocalizedText(zh: "写入实际端口号的文件", en: "file that the chosen port is written to"))
    public static let httpMaxConnections = SettingKey(
        "http.max.connections", default: 2_000, rule: .range(1...100_000),
        help: LocalizedText(zh: "同时打开的连接数上限", en: "connections open at a time; more wait to be accepted"))
    public static let httpMaxInFlight = SettingKey(
        "http.max.requests", default: 512, rule: .range(1...100_000),
        help: LocalizedText(zh: "同时处理的请求数上限，超过即答 503", en: "requests handled at a time; more are answered 503"))
    public static let httpIdleTimeout = SettingKey<Duration>(
        "http.idle.timeout", default: .seconds(60), rule: .range(.seconds(1)...(.seconds(3600))),
        help: LocalizedText(zh: "空闲连接关闭时间", en: "an idle connection is closed after this time"))
    public static let httpReadTimeout = SettingKey<Duration>(
        "http.read.timeout", default: .seconds(30), rule: .range(.seconds(1)...(.seconds(3600))),
        help: LocalizedText(zh: "请求必须在此时间内到齐", en: "a request must have arrived whole within this time"))
    public static let logLevel = SettingKey<Logger.Level>(
        "log.level", default: .info, help: LocalizedText(zh: "日志级别", en: "least level that is logged"))
    public static let logFormat = SettingKey<LogFormat>(
        "log.format", default: .json,
        help: LocalizedText(zh: "日志格式", en: "JSON lines for machines or text for people"))
    public static let postgresURL = SettingKey(
        "postgres.url", default: "postgresql:///wangge", secrecy: .urlPassword,
        help: LocalizedText(zh: "数据库地址", en: "where PostgreSQL is"))
    public static let postgresPoolSize = SettingKey(
        "postgres.pool.size", default: 8, rule: .range(1...200),
        help: LocalizedText(zh: "数据库连接数", en: "PostgreSQL connections for requests"))
    public static let eventLog = SettingKey<EventLogChoice>(
        "event.log", default: .postgres,
        help: LocalizedText(zh: "消息经由 PostgreSQL 还是 Kafka", en: "what carries messages between services"))
    public static let kafkaBootstrapServers = SettingKey(
        "kafka.bootstrap.servers", default: "localhost:9092",
        help: LocalizedText(zh: "Kafka 地址，仅 EVENT_LOG=kafka 时使用", en: "Kafka brokers, used when EVENT_LOG=kafka"))
    public static let jwtSecret = SettingKey<String>(
        "auth.jwt.secret", presence: .optional, rule: .secret(bytes: 32), secrecy: .secret,
        help: LocalizedText(zh: "验证人员令牌（HS256）的密钥", en: "secret that signs people's tokens (HS256)"))
    public static let jwtPublicKeyFile = SettingKey<String>(
        "auth.jwt.public.key.file", presence: .optional,
        help: LocalizedText(zh: "统一身份平台的 ES256 公钥（PEM）", en: "PEM file with the identity provider's ES256 public key"))
    public static let jwtIssuer = SettingKey(
        "auth.jwt.issuer", default: "wangge", help: LocalizedText(zh: "令牌的签发者", en: "issuer tokens must name"))
    public static let jwtAudience = SettingKey(
        "auth.jwt.audience", default: "wangge", help: LocalizedText(zh: "令牌的受众", en: "audience tokens must name"))
    public static let shutdownTimeout = SettingKey<Duration>(
        "shutdown.timeout", default: .seconds(10), rule: .range(.seconds(1)...(.seconds(600))),
        help: LocalizedText(zh: "停止服务的最长时间", en: "the process is gone this long after SIGTERM at the latest"))
    public static let shutdownDrain = SettingKey<Duration>(
        "shutdown.drain", default: .milliseconds(0), rule: .range(.milliseconds(0)...(.seconds(60))),
        help: LocalizedText(
            zh: "收到停止信号后，先显示未就绪并继续服务的时间",
            en: "time between turning unready and refusing requests, for load balancers to notice"))

    /// Port setting with a service's own default.
    public static func httpPort(default port: Int) -> SettingKey<Int> {
        SettingKey(
            "http.port", default: port, rule: .range(0...65_535),
            help: LocalizedText(zh: "HTTP 端口；0 表示任选空闲端口", en: "port HTTP listens on; 0 picks a free one"))
    }

    /// Settings of how a process speaks: its logs.
    public static let logging: [SettingDeclaration] = [logLevel.declaration, logFormat.declaration]

    /// Settings of where state and messages are.
    public static let storage: [SettingDeclaration] = [
        postgresURL.declaration, postgresPoolSize.declaration, eventLog.declaration, kafkaBootstrapServers.declaration,
    ]

    /// Settings of who may call.
    public static let authentication: [SettingDeclaration] = [
        jwtSecret.declaration, jwtPublicKeyFile.declaration, jwtIssuer.declaration, jwtAudience.declaration,
    ]

    /// Everything a service declares besides its own settings.
    public static func all(httpPort port: Int) -> [SettingDeclaration] {
        [
            httpHost.declaration, httpPort(default: port).declaration, httpPortFile.declaration,
            httpMaxConnections.declaration, httpMaxInFlight.declaration, httpIdleTimeout.declaration,
            httpReadTimeout.declaration,
        ] + logging + storage + authentication + [shutdownTimeout.declaration, shutdownDrain.declaration]
    }
}

import Kafka
import Testing

@Suite struct SettingsTests {
    @Test func everyVariableBecomesAProperty() throws {
        let settings = try KafkaSettings(
            environment: [
                "KAFKA_BOOTSTRAP_SERVERS": "a:9092,b:9092", "KAFKA_COMPRESSION_CODEC": "lz4",
                "KAFKA_FETCH_WAIT_MAX_MS": "20", "KAFKA_SSL_CIPHER_SUITES": "", "HOME": "/root",
                // Kubernetes sets these for a service that is called kafka.
                "KAFKA_PORT": "tcp://10.0.0.1:9092", "KAFKA_SERVICE_HOST": "10.0.0.1", "KAFKA_PORT_9092_TCP": "x",
            ], clientID: "router-1", groupID: "router")
        #expect(settings.bootstrapServers == "a:9092,b:9092")
        #expect(settings.clientID == "router-1")
        #expect(settings.groupID == "router")
        #expect(settings.extra == ["compression.codec": "lz4", "fetch.wait.max.ms": "20"])
    }

    @Test(arguments: [
        ("no.such.property", "1", "no.such.property"),
        ("compression.codec", "brotli", "compression.codec"),
        ("fetch.wait.max.ms", "-5", "fetch.wait.max.ms"),
        ("enable.auto.commit", "true", "enable.auto.commit"),
        ("message.timeout.ms", "1000", "message.timeout.ms"),
        ("auto.offset.reset", "latest", "auto.offset.reset"),
        ("ssl.ca.location", "/nowhere.pem", "ssl.ca.location"),
        ("sasl.mechanism", "ROT13", "sasl.mechanism"),
    ])
    func aWrongSettingIsNamed(property: String, value: String, named: String) throws {
        var extra = [property: value]
        if property.hasPrefix("ssl") { extra["security.protocol"] = "ssl" }
        if property.hasPrefix("sasl") { extra["security.protocol"] = "sasl_plaintext" }
        let settings = KafkaSettings(bootstrapServers: "localhost:1", clientID: "t", extra: extra)
        let error = try #require(throws: KafkaError.self) { try settings.validate() }
        #expect(error.code == .configuration)
        #expect(error.property?.hasPrefix(named) == true, "\(error)")
        #expect(error.description.contains(named))
        #expect(!error.isRetriable)
    }

    @Test func brokersMustBeNamed() throws {
        let error = try #require(throws: KafkaError.self) { try KafkaSettings(environment: [:], clientID: "t") }
        #expect(error.property == "bootstrap.servers")
    }

    @Test func aGroupIsNeededToJoinOne() throws {
        let error = try #require(throws: KafkaError.self) {
            try KafkaConsumer(
                KafkaSettings(bootstrapServers: "localhost:1", clientID: "t"), topics: ["a"], maxBufferedMessages: 10,
                logger: quietLogger, onAssign: { _ in [:] }, onRevoke: { _, _ in })
        }
        #expect(error.property == "group.id")
    }

    @Test func secretsAreNeverShown() throws {
        let secrets = [
            "sasl.password": "hunter2-a", "ssl.key.password": "hunter2-b", "ssl.key.pem": "hunter2-c",
            "sasl.oauthbearer.client.secret": "hunter2-d", "ssl.keystore.password": "hunter2-e",
        ]
        let settings = KafkaSettings(
            bootstrapServers: "localhost:1", clientID: "t",
            extra: secrets.merging(["sasl.username": "wangge"]) { $1 })
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), "\([settings])", dumped] {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("sasl.username=wangge"))
            #expect(text.contains("sasl.password=***"))
        }
    }

    @Test func aRefusedSecretIsNotRepeated() throws {
        let settings = KafkaSettings(
            bootstrapServers: "localhost:1", clientID: "t",
            extra: ["security.protocol": "ssl", "ssl.key.pem": "hunter2"])
        let error = try #require(throws: KafkaError.self) { try settings.validate() }
        #expect(error.property == "ssl.key.pem", "\(error)")
        #expect(!"\(error)".contains("hunter2"))
    }
}

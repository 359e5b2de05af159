internal import CLibrdkafka

/// Where the brokers are and how to speak to them.
///
/// Everything librdkafka can be told travels in ``extra`` under librdkafka's own names (`security.protocol`,
/// `sasl.username`, `ssl.ca.location`, `compression.codec`, …), except the few properties this library needs for its
/// guarantees; those are refused by ``validate()``.
public struct KafkaSettings: Hashable, Sendable {
    /// `host:port`, comma-separated.
    public var bootstrapServers: String
    /// How this process calls itself in the brokers' logs and quotas.
    public var clientID: String
    /// The consumer group; by convention the service's name. Needed to consume as a member of a group.
    public var groupID: String?
    /// librdkafka properties by their own names.
    public var extra: [String: String]

    public init(bootstrapServers: String, clientID: String, groupID: String? = nil, extra: [String: String] = [:]) {
        self.bootstrapServers = bootstrapServers
        self.clientID = clientID
        self.groupID = groupID
        self.extra = extra
    }

    /// Reads settings from environment variables.
    ///
    /// `KAFKA_BOOTSTRAP_SERVERS`, `KAFKA_CLIENT_ID` and `KAFKA_GROUP_ID` are the fields; every other `KAFKA_X_Y`
    /// becomes the property `x.y`, so `KAFKA_SSL_CA_LOCATION` is `ssl.ca.location`. Empty values count as absent.
    /// The variables that Kubernetes and Docker invent for a service called `kafka` (`KAFKA_PORT`,
    /// `KAFKA_SERVICE_HOST`, …) are passed over.
    ///
    /// - Parameters:
    ///   - environment: Variable names and values.
    ///   - clientID: Used when `KAFKA_CLIENT_ID` is absent.
    ///   - groupID: Used when `KAFKA_GROUP_ID` is absent.
    /// - Throws: ``KafkaError/Code/configuration`` when `KAFKA_BOOTSTRAP_SERVERS` is absent or ``validate()`` refuses.
    public init(environment: [String: String], clientID: String, groupID: String? = nil) throws(KafkaError) {
        var extra: [String: String] = [:]
        var fields: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix("KAFKA_") && !value.isEmpty {
            switch name {
            case "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_CLIENT_ID", "KAFKA_GROUP_ID": fields[name] = value
            case "KAFKA_PORT": continue
            case _ where name.hasPrefix("KAFKA_PORT_") || name.hasPrefix("KAFKA_SERVICE_"): continue
            default:
                let property = name.dropFirst("KAFKA_".count).lowercased().split(separator: "_")
                extra[property.joined(separator: ".")] = value
            }
        }
        self.init(
            bootstrapServers: fields["KAFKA_BOOTSTRAP_SERVERS"] ?? "",
            clientID: fields["KAFKA_CLIENT_ID"] ?? clientID,
            groupID: fields["KAFKA_GROUP_ID"] ?? groupID, extra: extra)
        try validate()
    }

    /// Builds the client configuration once and throws it away, so that a wrong setting is found at start-up.
    ///
    /// Reads certificate and key files, but opens no connection.
    ///
    /// - Throws: ``KafkaError/Code/configuration``, naming the property and what is wrong with it.
    public func validate() throws(KafkaError) {
        guard !bootstrapServers.isEmpty else {
            throw .configuration("bootstrap.servers", "no broker is named")
        }
        var unconnected = ClientConfiguration(self, role: .admin)
        unconnected.omit("bootstrap.servers")
        rd_kafka_destroy(try unconnected.makeClient(observer: nil))
    }
}

extension KafkaSettings: CustomStringConvertible, CustomDebugStringConvertible {
    /// All settings in one line, with secrets replaced by `***`.
    public var description: String {
        var parts = ["bootstrap.servers=\(bootstrapServers)", "client.id=\(clientID)"]
        if let groupID { parts.append("group.id=\(groupID)") }
        for (name, value) in extra.sorted(by: { $0.key < $1.key }) {
            parts.append("\(name)=\(KafkaSettings.isSecret(name) ? "***" : value)")
        }
        return parts.joined(separator: " ")
    }

    public var debugDescription: String { description }

    /// Whether the value of a property must never be shown.
    public static func isSecret(_ property: String) -> Bool {
        let name = property.lowercased()
        return ["password", "secret", "key.pem", "jaas", "oauthbearer.config"].contains { name.contains($0) }
    }
}

extension KafkaSettings: CustomReflectable {
    /// Hides ``extra`` from `dump` and from reflecting loggers.
    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }
}

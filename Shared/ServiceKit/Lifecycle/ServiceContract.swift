/// What a service is, in one place: name, topics, schema, settings.
public struct ServiceContract: Sendable {
    /// Name of the executable, also its consumer group: `sla-watcher`.
    public let name: String
    public let version: String
    /// Topics it reads, as in the map of topics.
    public let consumes: [String]
    /// Topics it writes.
    public let produces: [String]
    /// PostgreSQL schema it owns; no other service writes there.
    public let schema: String
    /// Port its HTTP API listens on unless set otherwise.
    public let defaultPort: Int
    /// The service's own settings, besides those all services share.
    public let settings: [SettingDeclaration]

    public init(
        name: String, version: String, consumes: [String] = [], produces: [String] = [], schema: String,
        defaultPort: Int, settings: [SettingDeclaration] = []
    ) {
        self.name = name
        self.version = version
        self.consumes = consumes
        self.produces = produces
        self.schema = schema
        self.defaultPort = defaultPort
        self.settings = settings
    }

    /// Every setting the service reads: the shared ones, then its own.
    public var allSettings: [SettingDeclaration] { StandardSettings.all(httpPort: defaultPort) + settings }

    /// Reads and checks the service's settings.
    ///
    /// - Throws: ``SettingsError`` with every fault.
    public func readSettings(from sources: SettingSources) throws(SettingsError) -> Settings {
        try Settings(allSettings, passOn: ["kafka"], from: sources)
    }
}

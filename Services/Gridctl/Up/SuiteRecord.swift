/// Where a running suite is, for the commands that work with it: `suite.json` in its directory.
struct SuiteRecord: Codable, Sendable, Equatable {
    struct Service: Codable, Sendable, Equatable {
        var name: String
        var port: Int
        /// 0 while it is being started again.
        var pid: Int32

        /// Without a slash at the end.
        var url: String { "http://127.0.0.1:\(port)" }
    }

    /// The process that runs the suite.
    var pid: Int32
    /// With its password: the file is its owner's alone.
    var postgresURL: String
    var services: [Service] = []

    /// Address of a service's HTTP API, such as `http://127.0.0.1:7100`; nil while it has not been started.
    func url(of service: String) -> String? { services.first { $0.name == service }?.url }
}

/// An executable of the suite besides `gridctl` itself.
struct SuiteExecutable: Sendable, Equatable {
    /// Name of the file, and of the service.
    var name: String
    /// What is added to the first port.
    var portOffset: Int
    /// Settings with secrets that this service alone is given.
    var ownSecrets: [String] = []

    /// All five, in the order in which data flows through them.
    static let all = [
        SuiteExecutable(name: "intake", portOffset: 0, ownSecrets: ["CONTACTS_KEY"]),
        SuiteExecutable(name: "router", portOffset: 1),
        SuiteExecutable(name: "sla-watcher", portOffset: 2),
        SuiteExecutable(name: "rewards", portOffset: 3),
        SuiteExecutable(name: "analytics", portOffset: 4),
    ]

    /// The service with the command centre's page.
    static let commandCentre = "analytics"
}

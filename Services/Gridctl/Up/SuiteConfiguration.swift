import City
import FoundationEssentials

/// How a suite is run on one machine.
struct SuiteConfiguration: Sendable {
    /// What is shown of the services' logs; files have them all.
    enum Logs: Sendable {
        /// Each line behind the name of its service.
        case text
        /// The services' JSON lines as they are.
        case json
        case none
    }

    var directory: SuiteDirectory
    /// A database that others run; nil: a private cluster in `directory`.
    var postgresURL: String?
    /// Port of the private cluster; nil: one that is free.
    var postgresPort: Int?
    /// Loaded when no profile is in force.
    var profileFolder = "deploy/profiles/xihanggang"
    /// What is to be otherwise in the profile that is loaded.
    var changeProfile: @Sendable (inout Profile) -> Void = { _ in }
    /// Port of the first service, the others follow; nil: ports that are free.
    var firstPort: Int? = 7_100
    var logs = Logs.text
    /// Settings for all services, by the names of the environment, besides those this process has itself.
    var settings: [String: String] = [:]

    /// A port for each executable of the suite.
    ///
    /// - Throws: ``CommandFailure`` that names the port which is taken and the option to choose others.
    func ports() throws -> [Int] {
        guard let firstPort else { return try Ports.free(SuiteExecutable.all.count) }
        return try SuiteExecutable.all.map { executable in
            let port = firstPort + executable.portOffset
            guard Ports.isFree(port) else {
                throw CommandFailure(
                    .systemError, zh: "\(executable.name) 的端口 \(port) 已被占用，可用 --ports-from 另选",
                    en: "port \(port) for \(executable.name) is in use; choose others with --ports-from")
            }
            return port
        }
    }

    /// The private cluster's port.
    func clusterPort() throws -> Int {
        if let postgresPort {
            guard Ports.isFree(postgresPort) else {
                throw CommandFailure(
                    .systemError, zh: "PostgreSQL 的端口 \(postgresPort) 已被占用，可用 --postgres-port 另选",
                    en: "port \(postgresPort) for PostgreSQL is in use; choose another with --postgres-port")
            }
            return postgresPort
        }
        // The same from day to day where possible, so that tools can keep their settings.
        if let preferred = firstPort.map({ $0 + 32 }), Ports.isFree(preferred) { return preferred }
        return try Ports.free(1)[0]
    }

    /// The whole environment of a service.
    ///
    /// - Parameter port: Where it listens; nil for a command that does not.
    func environment(
        of executable: SuiteExecutable, port: Int?, postgresURL: String, secrets: SuiteSecrets
    ) -> [String: String] {
        // Each partition of each input has a lane of its own: many make batches small and commits many. On two
        // processors one takes a seventh more reports than two.
        let partitions = String(min(max(ProcessInfo.processInfo.activeProcessorCount / 2, 1), 8))
        var variables = ["EVENT_LOG_PARTITIONS": partitions].merging(Terminal.environment) { $1 }
        variables.merge(settings) { $1 }
        variables["POSTGRES_URL"] = postgresURL
        variables["LOG_FORMAT"] = logs == .json ? "json" : "text"
        if let port { variables["HTTP_PORT"] = String(port) }
        variables[SuiteSecrets.jwtSecret] = secrets[SuiteSecrets.jwtSecret]
        // A service is told the secrets it needs and no others.
        for secret in Set(SuiteExecutable.all.flatMap(\.ownSecrets)) { variables[secret] = nil }
        for secret in executable.ownSecrets { variables[secret] = secrets[secret] }
        return variables
    }
}

import City
import CityStore
import Foundation
import Logging
import Messages
import Postgres
import ServiceKit
import Synchronization
import TestSupport
import Testing

/// All end-to-end tests, one after another: they share suites, and two cores.
@Suite(.serialized)
enum EndToEnd {}

/// One of the five services, by the name of its program.
enum ServiceName: String, CaseIterable, Sendable {
    case intake, router, rewards, analytics
    case slaWatcher = "sla-watcher"
}

/// A whole suite: a PostgreSQL of its own, for Kafka a broker of its own, a city, and the five services as processes.
///
/// Made as an operator makes one: `migrate` of each service, `gridctl profile load`, `gridctl key create`.
final class SuiteUnderTest: Sendable {
    let log: EventLogChoice
    let server: PrivatePostgres
    let postgresURL: String
    let city: City
    /// Where the logs of all programs are.
    let directory: String
    /// Key of a publisher that may speak for all sources of the city but ``otherSource``.
    let key: String
    /// Key of a publisher that may speak for ``otherSource`` alone.
    let otherKey: String
    let tokenSecret: String
    /// Nil over the PostgreSQL log.
    let broker: MockBrokerProcess?
    private let environment: [String: String]
    private let services = Mutex<[ServiceName: RunningService]>([:])

    private struct RunningService {
        var process: ServiceProcess
        var port: Int
    }

    static let otherSource = SourceCode("city-management")
    static let partitions = 2
    static let quiet = Logger(label: "end-to-end") { _ in SwiftLogNoOpLogHandler() }

    // MARK: Making one

    private static let shared = SharedSuites()

    /// The suite over that log that all tests of this process share; it is made on first use.
    static func over(_ log: EventLogChoice) async throws -> SuiteUnderTest { try await shared.suite(log) }

    fileprivate init(_ log: EventLogChoice) async throws {
        self.log = log
        // The first of these to be missing is named, before anything is started.
        for name in ServiceName.allCases.map(\.rawValue) + ["gridctl"] { _ = try Executables.path(name) }
        server = try await blocking { try PrivatePostgres(durable: true) }
        postgresURL = try server.createDatabase(postgis: true)
        directory = NSTemporaryDirectory() + "wangge-e2e-\(getpid())-\(log.rawValue)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        print("end-to-end suite over \(log.rawValue): logs in \(directory), database \(postgresURL)")
        tokenSecret = Self.secret()
        var environment = [
            "POSTGRES_URL": postgresURL, "EVENT_LOG": log.rawValue, "LOG_FORMAT": "json",
            "EVENT_LOG_PARTITIONS": String(Self.partitions), "AUTH_JWT_SECRET": tokenSecret,
            "CONTACTS_KEY": Self.secret(), "LANG": "C.UTF-8",
            // Long enough for somebody who asks all the time to see a service unready before it is gone.
            "SHUTDOWN_DRAIN": "300ms",
            // A program that crashes is to be gone, not to be looked at.
            "SWIFT_BACKTRACE": "enable=no",
        ]
        for service in ServiceName.allCases {
            try await Self.operate(service.rawValue, ["migrate"], environment, directory)
        }
        _ = try await Self.operate("gridctl", ["profile", "load", Repository.profile], environment, directory)
        let session = try PostgresSession(PostgresSettings(url: postgresURL), logger: Self.quiet)
        defer { session.close() }
        city = try #require(try CityStore.load(session), "the profile is in force")
        let sources = city.profile.sources.map(\.code)
        key = try await Self.createKey("hotlines", sources.filter { $0 != Self.otherSource }, environment, directory)
        otherKey = try await Self.createKey("cameras", [Self.otherSource], environment, directory)
        if log == .kafka {
            let topics = Topic.all(sources: sources.map(\.rawValue))
            let broker = try await MockBrokerProcess.start(
                topics: topics, partitions: Self.partitions, directory: directory)
            environment["KAFKA_BOOTSTRAP_SERVERS"] = broker.bootstrapServers
            // The mock broker does not wake a waiting fetch; and a killed member is to be missed soon.
            environment["KAFKA_FETCH_WAIT_MAX_MS"] = "10"
            environment["KAFKA_SESSION_TIMEOUT_MS"] = "6000"
            self.broker = broker
        } else {
            broker = nil
        }
        self.environment = environment
        for service in ServiceName.allCases { try await start(service) }
        try await ready()
    }

    private static func secret() -> String {
        (0..<8).map { _ in String(UInt64.random(in: 0...(.max)), radix: 36) }.joined()
    }

    private static func createKey(
        _ publisher: String, _ sources: [SourceCode], _ environment: [String: String], _ directory: String
    ) async throws -> String {
        let output = try await operate(
            "gridctl", ["key", "create", "--publisher", publisher] + sources.flatMap { ["--source", $0.rawValue] },
            environment, directory)
        return try #require(output.split(whereSeparator: \.isWhitespace).map(String.init).first { APIKey($0) != nil })
    }

    /// Runs a program of the suite to its end, and fails with what it wrote unless it succeeds.
    @discardableResult
    private static func operate(
        _ program: String, _ arguments: [String], _ environment: [String: String], _ directory: String
    ) async throws -> String {
        let log =
            "\(directory)/\(program)-\(arguments.prefix(2).joined(separator: "-"))-\(UInt32.random(in: 0...(.max))).out"
        let (ending, output) = try await ServiceProcess.run(
            Executables.path(program), arguments, environment: environment, log: log)
        guard ending == .exit(0) else {
            throw OperationFailed(what: [program] + arguments, ending: ending, output: output)
        }
        return output
    }

    /// Runs `gridctl` against this suite.
    func gridctl(_ arguments: [String]) async throws -> (ending: ServiceProcess.Ending, output: String) {
        try await ServiceProcess.run(
            Executables.path("gridctl"), arguments, environment: environment,
            log: "\(directory)/gridctl-\(UInt32.random(in: 0...(.max))).out")
    }

    // MARK: Its processes

    /// Starts a service and waits until it listens; on the port it had before, so that its clients find it.
    func start(_ service: ServiceName, port: Int = 0) async throws {
        let started = try await launch(service, port: port, portFile: "\(directory)/\(service.rawValue).port") {
            process in self.services.withLock { $0[service] = RunningService(process: process, port: port) }
        }
        services.withLock { $0[service]?.port = started.port }
    }

    /// Starts a second process of a service, on a port of its own.
    func startDeputy(_ service: ServiceName) async throws -> (process: ServiceProcess, port: Int) {
        let started = try await launch(service, port: 0, portFile: "\(directory)/\(service.rawValue)-deputy.port") {
            _ in
        }
        return (started.process, started.port)
    }

    /// - Parameter begun: Told of the process before it listens.
    private func launch(
        _ service: ServiceName, port: Int, portFile: String, begun: (ServiceProcess) -> Void
    ) async throws -> RunningService {
        try? FileManager.default.removeItem(atPath: portFile)
        var environment = environment
        environment["HTTP_PORT"] = String(port)
        environment["HTTP_PORT_FILE"] = portFile
        let process = try await ServiceProcess.start(
            Executables.path(service.rawValue), environment: environment, log: logPath(service))
        begun(process)
        let chosen = try await awaited("\(service.rawValue) listens; see \(logPath(service))", seconds: 120) {
            guard process.isRunning else {
                throw OperationFailed(what: [service.rawValue], ending: await process.ending, output: "")
            }
            return try Int(String(contentsOfFile: portFile, encoding: .utf8).filter(\.isNumber))
        }
        return RunningService(process: process, port: chosen)
    }

    /// Ends a service as a crash does.
    func kill(_ service: ServiceName) async {
        guard let process = process(service) else { return }
        process.send(SIGKILL)
        _ = await process.ending
    }

    /// Ends a service as an operator does.
    func stop(_ service: ServiceName) async -> ServiceProcess.Ending? {
        guard let process = process(service) else { return nil }
        process.send(SIGTERM)
        return await process.ending
    }

    /// Starts a service again that has ended; does not wait until it listens.
    func restart(_ service: ServiceName) async throws { try await start(service, port: port(service)) }

    func process(_ service: ServiceName) -> ServiceProcess? { services.withLock { $0[service]?.process } }

    func port(_ service: ServiceName) -> Int { services.withLock { $0[service]?.port ?? 0 } }

    /// An address at a service.
    func url(_ service: ServiceName, _ path: String) -> String { "http://127.0.0.1:\(port(service))\(path)" }

    func logPath(_ service: ServiceName) -> String { "\(directory)/\(service.rawValue).log" }

    /// Waits until all services say that they are ready.
    func ready(seconds: Double = 120) async throws {
        for service in ServiceName.allCases {
            let ended = "\(service.rawValue) has ended by itself; see \(logPath(service))"
            try await require("\(service.rawValue) is ready; see \(logPath(service))", seconds: seconds) {
                guard process(service)?.isRunning == true else { return true }
                return try await HTTP.get(url(service, "/health/ready")).status == 200
            }
            try #require(process(service)?.isRunning == true, "\(ended)")
        }
    }

    // MARK: Its database

    func query<Value: PostgresDecodable & Sendable>(_ sql: SQL, _ type: Value.Type = Value.self) async throws -> [Value]
    {
        try await rows(sql) { try $0.decode(Value.self) }
    }

    func value<Value: PostgresDecodable & Sendable>(_ sql: SQL, _ type: Value.Type = Value.self) async throws -> Value?
    {
        try await query(sql, Value.self).first
    }

    /// Runs a statement for what it does.
    func run(_ sql: SQL) async throws { _ = try await rows(sql) { $0.affectedRows } }

    /// Runs a query on a session of its own: the server may have been killed since the last one.
    func rows<Result: Sendable>(
        _ sql: SQL, _ body: @escaping @Sendable (PostgresRows) throws -> Result
    ) async throws -> Result {
        try await blocking { [postgresURL] in
            let session = try PostgresSession(PostgresSettings(url: postgresURL), logger: Self.quiet)
            defer { session.close() }
            return try body(try session.query(sql))
        }
    }
}

/// Makes each suite once, also when several ask at the same time.
private actor SharedSuites {
    private var suites: [EventLogChoice: Task<SuiteUnderTest, any Error>] = [:]

    func suite(_ log: EventLogChoice) async throws -> SuiteUnderTest {
        if let task = suites[log] { return try await task.value }
        let task = Task { try await SuiteUnderTest(log) }
        suites[log] = task
        return try await task.value
    }
}

/// A program of the suite did not do what it was started for.
struct OperationFailed: Error, CustomStringConvertible {
    let what: [String]
    let ending: ServiceProcess.Ending
    let output: String

    var description: String { "\(what.joined(separator: " ")): \(ending)\n\(output)" }
}

/// Does something that blocks its thread on a thread where that harms nobody.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Swift.Result(catching: body)) }
    }
}

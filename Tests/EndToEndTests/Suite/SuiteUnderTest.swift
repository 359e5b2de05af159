import City
import CityStore
import EventLog
import Foundation
import Kafka
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
    /// How tests reach the brokers; nil over the PostgreSQL log.
    var kafka: KafkaSettings? { brokers.withLock { $0?.settings } }
    /// Nil over the PostgreSQL log, and over the brokers that `KAFKA_BOOTSTRAP_SERVERS` names: those cannot be taken away.
    var broker: MockBrokerProcess? { brokers.withLock { $0?.mock } }
    /// How its programs can be made to see their machine otherwise than it is; why not, where that cannot be.
    let machine: Result<Machine, any Error>
    private let ownsServer: Bool
    private let environment: [String: String]
    private let brokers = Mutex<Brokers?>(nil)
    private let ownNetwork = Mutex<LossyNetwork?>(nil)
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

    /// A suite that no other test sees, with a PostgreSQL of its own, for what it does not survive; ``end()`` it.
    static func ofItsOwn(_ log: EventLogChoice) async throws -> SuiteUnderTest {
        try await SuiteUnderTest(log, name: "\(log.rawValue)-own")
    }

    /// A suite's database with a city and keys, before any service has run.
    struct Beginning: Sendable {
        let server: PrivatePostgres
        let machine: Result<Machine, any Error>
        let postgresURL: String
        let city: City
        let key: String
        let otherKey: String
        let tokenSecret: String
        fileprivate let environment: [String: String]
    }

    /// A suite that nobody else uses, on a copy of that beginning; ``end()`` ends it.
    ///
    /// - Parameter planted: More variables of its services' environments.
    static func fresh(
        _ log: EventLogChoice, from beginning: Beginning, called name: String, planted: [String: String]
    ) async throws -> SuiteUnderTest {
        try await SuiteUnderTest(
            log, beginning, try beginning.server.copyDatabase(beginning.postgresURL), directory: directory(name),
            ownsServer: false, planted: planted)
    }

    fileprivate convenience init(_ log: EventLogChoice, name: String) async throws {
        let directory = Self.directory(name)
        let beginning = try await Self.begin(durable: true, directory: directory)
        try await self.init(
            log, beginning, beginning.postgresURL, directory: directory, ownsServer: true, planted: [:])
    }

    private static func directory(_ name: String) -> String {
        NSTemporaryDirectory() + "wangge-e2e-\(getpid())-\(name)"
    }

    /// Makes a database as an operator does.
    static func begin(durable: Bool, directory: String) async throws -> Beginning {
        // The first of these to be missing is named, before anything is started.
        for name in ServiceName.allCases.map(\.rawValue) + ["gridctl"] { _ = try Executables.path(name) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let machine = Result {
            Machine(
                serviceClock: try .clock(file: "\(directory)/services.clock"),
                serverClock: try .clock(file: "\(directory)/postgres.clock"),
                serverDisk: try .disk(file: "\(directory)/postgres.disk"))
        }
        let preloading = (try? machine.get()).map { [$0.serverClock, $0.serverDisk] } ?? []
        let server = try await blocking { try PrivatePostgres(durable: durable, preloading: preloading) }
        let postgresURL = try server.createDatabase(postgis: true)
        let effective = await Result.catching {
            let machine = try machine.get()
            try await blocking { try machine.requireEffect(onServerAt: postgresURL) }
            return machine
        }
        let tokenSecret = Self.secret()
        let environment = [
            "POSTGRES_URL": postgresURL, "LOG_FORMAT": "json",
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
        let city = try #require(try CityStore.load(session), "the profile is in force")
        let sources = city.profile.sources.map(\.code)
        return Beginning(
            server: server, machine: effective, postgresURL: postgresURL, city: city,
            key: try await Self.createKey(
                "hotlines", sources.filter { $0 != Self.otherSource }, environment, directory),
            otherKey: try await Self.createKey("cameras", [Self.otherSource], environment, directory),
            tokenSecret: tokenSecret, environment: environment)
    }

    private init(
        _ log: EventLogChoice, _ beginning: Beginning, _ postgresURL: String, directory: String, ownsServer: Bool,
        planted: [String: String]
    ) async throws {
        self.log = log
        self.postgresURL = postgresURL
        self.directory = directory
        self.ownsServer = ownsServer
        server = beginning.server
        machine = beginning.machine
        city = beginning.city
        key = beginning.key
        otherKey = beginning.otherKey
        tokenSecret = beginning.tokenSecret
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        print("end-to-end suite over \(log.rawValue): logs in \(directory), database \(postgresURL)")
        var environment = beginning.environment.merging(planted) { $1 }
        environment["POSTGRES_URL"] = postgresURL
        environment["EVENT_LOG"] = log.rawValue
        self.environment = environment
        if log == .kafka { try await bringUpBroker() }
        if !planted.isEmpty {
            try await Self.operate(ServiceName.rewards.rawValue, ["migrate"], environment, directory)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in ServiceName.allCases { group.addTask { try await self.start(service) } }
            try await group.waitForAll()
        }
        try await ready()
    }

    /// Ends all of its programs, as a crash does.
    func end() async {
        for service in ServiceName.allCases { await kill(service) }
        await broker?.end()
        guard ownsServer else { return }
        let server = server
        try? await blocking { try server.stop(immediate: true) }
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
        let brokers = brokers.withLock { $0?.environment ?? [:] }
        return try await ServiceProcess.run(
            Executables.path("gridctl"), arguments, environment: environment.merging(brokers) { $1 },
            log: "\(directory)/gridctl-\(UInt32.random(in: 0...(.max))).out")
    }

    // MARK: Its brokers

    /// Brokers, as tests and services reach them.
    private struct Brokers {
        var settings: KafkaSettings
        var mock: MockBrokerProcess?
        var environment: [String: String]
    }

    /// Gives the suite an empty log on Kafka: a mock broker of its own, or the brokers that `KAFKA_BOOTSTRAP_SERVERS` names,
    /// without what other runs have left there.
    func bringUpBroker() async throws {
        let topics = Topic.all(sources: city.profile.sources.map(\.code.rawValue))
        var environment = ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("KAFKA_") && !$0.value.isEmpty }
        var mock: MockBrokerProcess?
        if environment["KAFKA_BOOTSTRAP_SERVERS"] == nil {
            let broker = try await MockBrokerProcess.start(
                topics: topics, partitions: Self.partitions, directory: directory)
            mock = broker
            // The mock broker does not wake a waiting fetch.
            environment = ["KAFKA_BOOTSTRAP_SERVERS": broker.bootstrapServers, "KAFKA_FETCH_WAIT_MAX_MS": "10"]
        }
        // A killed member is to be missed soon.
        environment["KAFKA_SESSION_TIMEOUT_MS"] = "6000"
        let settings = try KafkaSettings(environment: environment, clientID: "end-to-end")
        if mock == nil {
            let names = topics.map(\.name)
            try await blocking { try Self.emptyTopics(names, settings) }
        }
        brokers.withLock { $0 = Brokers(settings: settings, mock: mock, environment: environment) }
    }

    /// Deletes topics of the suite that hold messages. Services make them anew when they start.
    private static func emptyTopics(_ names: [String], _ settings: KafkaSettings) throws {
        let admin = try KafkaAdmin(settings, logger: quiet)
        let places = try admin.describe(topics: names).flatMap { topic in
            topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.partition) }
        }
        guard !places.isEmpty else { return }
        let reader = try KafkaConsumer(
            settings, startingAt: Dictionary(uniqueKeysWithValues: places.map { ($0, 0) }), maxBufferedMessages: 1,
            logger: quiet)
        defer { reader.close() }
        let used = Set(try places.filter { try reader.watermarks(of: $0).high > 0 }.map(\.topic)).sorted()
        guard !used.isEmpty else { return }
        for (name, outcome) in try admin.deleteTopics(used) {
            if case .failed(let error) = outcome {
                throw OperationFailed(what: ["delete topic", name], because: error)
            }
        }
        // Deleting goes on after the answer, and a name is free only then.
        for _ in 0..<300 {
            if try admin.describe(topics: used).allSatisfy({ !$0.exists }) { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw OperationFailed(what: ["delete topics"], because: NotInTime(what: "topics are gone", lastError: nil))
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
        if let brokers = brokers.withLock({ $0 }) { environment.merge(brokers.environment) { $1 } }
        if let network { environment["POSTGRES_URL"] = network.url(postgresURL) }
        if let clock = try? machine.get().serviceClock {
            environment.merge(PreloadedLibrary.environment([clock])) { $1 }
        }
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

    /// The network over which services reach PostgreSQL, after ``moveToNetworkOfItsOwn()``.
    var network: LossyNetwork? { ownNetwork.withLock { $0 } }

    /// Starts all services anew, so that they reach PostgreSQL over a network that can lose packets.
    func moveToNetworkOfItsOwn() async throws {
        guard network == nil else { return }
        let made = try LossyNetwork(to: server.port)
        ownNetwork.withLock { $0 = made }
        for service in ServiceName.allCases {
            _ = await stop(service)
            try await restart(service)
        }
        try await ready()
    }

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
}

/// Makes each suite once, also when several ask at the same time.
private actor SharedSuites {
    private var suites: [EventLogChoice: Task<SuiteUnderTest, any Error>] = [:]

    func suite(_ log: EventLogChoice) async throws -> SuiteUnderTest {
        if let task = suites[log] { return try await task.value }
        let task = Task { try await SuiteUnderTest(log, name: log.rawValue) }
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

    init(what: [String], ending: ServiceProcess.Ending, output: String) {
        (self.what, self.ending, self.output) = (what, ending, output)
    }

    init(what: [String], because error: any Error) { self.init(what: what, ending: .exit(1), output: "\(error)") }
}

extension Result where Failure == any Error, Success: Sendable {
    fileprivate static func catching(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

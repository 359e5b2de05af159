import City
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import ServiceKit

/// Serialised: signals and the process's metrics are shared by the process.
@Suite(.serialized) struct ServiceRunnerTests {
    final class Heard: Sendable {
        let said = Mutex("")
        let complained = Mutex("")
    }

    static let secret = ["AUTH_JWT_SECRET": TokenTests.secret]
    static let limit = SettingKey(
        "batch.limit", default: 10, rule: .range(1...100), help: LocalizedText(zh: "批量上限", en: "most in a batch"))
    static let contract = ServiceContract(
        name: "sample", version: "1.2.3", schema: "sample", defaultPort: 7199, settings: [limit.declaration])

    let heard = Heard()
    let collected = CollectedLines()

    func runner(
        environment: [String: String] = secret, commands: [ServiceCommand] = [],
        build: @escaping ServiceRunner.Build = { _ in }
    ) -> ServiceRunner {
        var runner = ServiceRunner(Self.contract, commands: commands, build: build)
        let (heard, collected) = (heard, collected)
        runner.output = ServiceOutput(
            say: { text in heard.said.withLock { $0 += text } },
            complain: { text in heard.complained.withLock { $0 += text } },
            startLogging: { _, _ in collected.logger() })
        runner.sources = { SettingSources(options: $0, environment: environment) }
        return runner
    }

    @Test func commandsAnswer() async {
        #expect(await runner().execute(["--version"]) == .success)
        #expect(heard.said.withLock { $0 } == "sample 1.2.3\n")
        #expect(await runner().execute(["check-config", "--batch-limit=20"]) == .success)
        #expect(
            heard.said.withLock { $0 }.contains(
                "batch.limit = 20  # command line BATCH_LIMIT; default 10; most in a batch\n"))
        #expect(heard.said.withLock { $0 }.contains("auth.jwt.secret = ***"))
        #expect(!heard.said.withLock { $0 }.contains(TokenTests.secret))
        #expect(await runner().execute(["settings"]) == .success)
        #expect(heard.said.withLock { $0 }.contains("| `BATCH_LIMIT` | whole number, 1…100 | `10` | most in a batch |"))
        #expect(await runner().execute(["help"]) == .success)
    }

    @Test func ownCommandsGetSettingsAndFlags() async {
        let seen = Mutex<[String]>([])
        let migrate = ServiceCommand(
            "migrate", help: LocalizedText(zh: "升级数据库", en: "upgrade the database"), flags: ["--dry-run"]
        ) { settings, flags, _ in seen.withLock { $0 = flags.sorted() + ["\(settings[Self.limit])"] } }
        #expect(await runner(commands: [migrate]).execute(["migrate", "--dry-run", "--batch-limit=7"]) == .success)
        #expect(seen.withLock { $0 } == ["--dry-run", "7"])
        #expect(await runner(commands: [migrate]).execute(["migrate", "--force"]) == .usage)
        #expect(await runner(commands: [migrate]).execute(["help"]) == .success)
        #expect(heard.said.withLock { $0 }.contains("  migrate        upgrade the database\n"))
    }

    @Test(arguments: [["explode"], ["run", "twice"], ["--explode"], ["help", "-x"]])
    func nonsenseIsUsage(arguments: [String]) async {
        #expect(await runner().execute(arguments) == .usage)
        #expect(heard.complained.withLock { $0 }.hasPrefix("sample: "))
    }

    @Test func wrongSettingsAre78WithALineEach() async {
        let environment = ["HTTP_PORT": "x", "BATCH_LIMIT": "0", "LOG_LEVEL": "loud"]
        #expect(await runner(environment: environment).execute([]) == .configuration)
        #expect(
            heard.complained.withLock { $0 } == """
                sample: HTTP_PORT: "x": expected whole number (environment)
                sample: LOG_LEVEL: "loud": expected one of trace, debug, info, notice, warning, error, critical (environment)
                sample: BATCH_LIMIT: "0": must be 1…100 (environment)

                """)
    }

    @Test func noWayToKnowPeopleIs78() async {
        #expect(await runner(environment: [:]).execute([]) == .configuration)
        #expect(heard.complained.withLock { $0 }.hasPrefix("sample: AUTH_JWT_SECRET: must be set"))
        #expect(await runner(environment: ["AUTH_JWT_PUBLIC_KEY_FILE": "/nowhere"]).execute([]) == .configuration)
    }

    @Test func failuresAtStartHaveTheirCodes() async {
        struct Broken: Error, CustomStringConvertible { let description = "broken" }
        let unavailable = runner { _ in throw DependencyUnavailable("PostgreSQL", reason: "connection refused") }
        #expect(await unavailable.execute([]) == .unavailable)
        #expect(await runner { _ in throw Broken() }.execute([]) == .internalError)
        #expect(
            heard.complained.withLock { $0 } == """
                sample: PostgreSQL is not available: connection refused
                sample: broken

                """)
    }

    @Test func dependenciesAreWaitedFor() async throws {
        struct Away: Error {}
        var attempts = 0
        let result = try await DependencyUnavailable.wait(for: "PostgreSQL", clock: ImmediateClock()) {
            attempts += 1
            if attempts < 4 { throw Away() }
            return "there"
        }
        #expect(result == "there" && attempts == 4)
        await #expect(throws: DependencyUnavailable.self) {
            try await DependencyUnavailable.wait(for: "x", patience: .seconds(60), clock: ImmediateClock()) {
                throw Away()
            }
        }
        var asked = 0
        await #expect(throws: SettingsError.self) {
            try await DependencyUnavailable.wait(for: "x", clock: ImmediateClock()) {
                asked += 1
                throw SettingsError([])
            }
        }
        #expect(asked == 1)
    }

    /// From start to SIGTERM: unready first, then HTTP stops, then the services in reverse order.
    @Test(.timeLimit(.minutes(1))) func startsServesAndStops() async throws {
        struct Lane: Service {
            let name: String
            let stopped: @Sendable (String) -> Void
            func run() async throws {
                try? await gracefulShutdown()
                stopped(name)
            }
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "port-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let stops = Mutex<[String]>([])
        let environment = Self.secret.merging(["HTTP_PORT": "0", "HTTP_PORT_FILE": file.path]) { $1 }
        let runner = runner(environment: environment) { service in
            service.run(Lane(name: "first") { name in stops.withLock { $0.append(name) } })
            let health = service.health
            service.run(
                Lane(name: "second") { name in
                    stops.withLock { $0.append(health.isShuttingDown ? name : "\(name) while ready") }
                })
            service.routes { $0.open.get("/hello") { _, _ in "hello" } }
        }
        let run = Task { await runner.execute([]) }
        let port = try await Self.port(in: file)
        let answer = try await ServerTests.exchange(
            port: port, ["GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"])
        #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.hasSuffix("hello"))
        kill(getpid(), SIGTERM)
        #expect(await run.value == .success)
        #expect(stops.withLock { $0 } == ["second", "first"])
        let messages = collected.lines.compactMap { $0.firstMatch(of: /"msg":"(started|stopping|stopped)"/)?.1 }
        #expect(messages == ["started", "stopping", "stopped"])
        #expect(
            collected.lines.contains {
                $0.contains(#""pid":\#(getpid()),"port":\#(port),"service":"sample","version":"1.2.3""#)
            })
    }

    @Test(.timeLimit(.minutes(1))) func aTakenPortIsTheSystemsRefusal() async throws {
        try await ServerTests.withServer(HTTPServerSettings()) { port in
            let environment = Self.secret.merging(["HTTP_PORT": "\(port)"]) { $1 }
            let heard = heard
            #expect(await runner(environment: environment).execute([]) == .systemError)
            #expect(heard.complained.withLock { $0 }.contains("Address already in use"))
        }
    }

    /// Polls until the service has written its port.
    static func port(in file: URL) async throws -> Int {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if let text = try? String(contentsOf: file, encoding: .utf8), let port = Int(text.dropLast()) {
                return port
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw DependencyUnavailable("sample", reason: "did not start")
    }
}

/// A clock whose sleeps pass at once.
final class ImmediateClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let offset = Mutex(Duration.zero)
    var now: Instant { Instant(offset: offset.withLock { $0 }) }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        offset.withLock { $0 = max($0, deadline.offset) }
    }
}

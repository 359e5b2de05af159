import City
import FoundationEssentials
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Runs a service from its first line to its exit code.
///
/// ```swift
/// @main
/// enum IntakeService {
///     static func main() async {
///         await ServiceRunner(contract) { service in
///             service.routes { routes in … }
///             service.run(lane)
///         }.main()
///     }
/// }
/// ```
///
/// Commands: `run` (also without any word), `check-config`, `settings`, `--version`, `help`, and those given.
/// Exit codes: see ``ExitCode``.
public struct ServiceRunner: Sendable {
    public typealias Build = @Sendable (ServiceContext) async throws -> Void

    let contract: ServiceContract
    let commands: [ServiceCommand]
    let build: Build
    /// Where a person reads the answers of commands, and faults.
    var output = ServiceOutput.process
    /// Where settings are read; the options are those of the command line.
    var sources: @Sendable (_ options: [String: String]) -> SettingSources = { .process(options: $0) }

    /// - Parameter build: Puts the service together. May wait for dependencies with ``DependencyUnavailable/wait(for:patience:clock:_:)``.
    public init(_ contract: ServiceContract, commands: [ServiceCommand] = [], build: @escaping Build) {
        self.contract = contract
        self.commands = commands
        self.build = build
    }

    /// Does what the process's command line asks, and ends the process.
    public func main() async -> Never {
        exit(await execute(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    /// Does what the arguments ask. Faults are one line each on standard error.
    func execute(_ arguments: [String]) async -> ExitCode {
        let language = Language.terminal(ProcessInfo.processInfo.environment)
        do {
            try await perform(try CommandLineRequest(arguments), in: language)
            return .success
        } catch {
            let (code, lines) = ServiceFailure.describe(error, in: language)
            for line in lines { output.complain("\(contract.name): \(line)\n") }
            return code
        }
    }

    private func perform(_ request: CommandLineRequest, in language: Language) async throws {
        let command = commands.first { $0.name == request.command }
        let known = command?.flags ?? (request.command == "settings" ? ["--zh"] : [])
        if let flag = request.flags.subtracting(known).min() { throw UsageError("unknown option \(flag)") }
        switch request.command {
        case "help", "--help", "-h": output.say(help(in: language))
        case "--version", "version": output.say("\(contract.name) \(contract.version)\n")
        case "settings":
            output.say(SettingsTable.markdown(contract.allSettings, in: request.flags.contains("--zh") ? .zh : .en))
        case "check-config": output.say(try contract.readSettings(from: sources(request.options)).listing(in: language))
        case "run":
            let settings = try contract.readSettings(from: sources(request.options))
            try await serve(settings, logger: output.startLogging(contract.name, settings))
        default:
            guard let command else {
                throw UsageError("unknown command \"\(request.command)\"; try \(contract.name) help")
            }
            let settings = try contract.readSettings(from: sources(request.options))
            try await command.run(settings, request.flags, output.startLogging(contract.name, settings))
        }
    }

    private func serve(_ settings: Settings, logger: Logger) async throws {
        let context = ServiceContext(
            contract: contract, settings: settings, logger: logger, health: HealthRegistry(),
            metrics: MetricsRegistry.process)
        try await build(context)
        let routes = try await context.makeRoutes()
        let http = HTTPServer.application(
            routes: routes, settings: HTTPServerSettings(settings), logger: logger
        ) { [contract] port in
            await Self.announce(contract, port: port, settings: settings, logger: logger)
        }
        let drain = Drain(
            health: context.health, pause: settings[StandardSettings.shutdownDrain],
            limit: settings[StandardSettings.shutdownTimeout], logger: logger)
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var configuration = ServiceGroupConfiguration(
            services: context.services + [http, drain], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        // What has not ended by itself after four fifths of the time is cancelled; the rest is for clearing up.
        configuration.maximumGracefulShutdownDuration = settings[StandardSettings.shutdownTimeout] * 4 / 5
        try await ServiceGroup(configuration: configuration).run()
        logger.notice("stopped")
    }

    private static func announce(
        _ contract: ServiceContract, port: Int, settings: Settings, logger: Logger
    ) async {
        logger.notice(
            "started",
            metadata: [
                "service": .string(contract.name), "version": .string(contract.version),
                "pid": .stringConvertible(getpid()), "port": .stringConvertible(port),
            ])
        guard let file = settings[ifSet: StandardSettings.httpPortFile] else { return }
        do {
            // Written whole or not at all: whoever waits for the file reads a number at once.
            try Data("\(port)\n".utf8).write(to: URL(filePath: file), options: .atomic)
        } catch {
            logger.error("cannot write the port file", error: error, metadata: [:])
        }
    }

    private func help(in language: Language) -> String {
        let standard = [
            ("run", LocalizedText(zh: "运行服务（默认）", en: "start the service (default)")),
            ("check-config", LocalizedText(zh: "列出所有设置及其来源", en: "show all settings and where they come from")),
            ("settings", LocalizedText(zh: "设置说明表（Markdown，--zh 为中文）", en: "table of all settings in Markdown; --zh")),
            ("--version", LocalizedText(zh: "版本", en: "the version")), ("help", LocalizedText(zh: "本说明", en: "this")),
        ]
        let lines = (standard + commands.map { ($0.name, $0.help) }).map { name, help in
            "  " + name + String(repeating: " ", count: max(1, 15 - name.count)) + help.text(in: language)
        }
        let hint = LocalizedText(
            zh: "设置来自环境变量、.env 文件或 --http-port=7200 这样的选项。",
            en: "Settings come from environment variables, .env, or options such as --http-port=7200.")
        let blocks = ["\(contract.name) \(contract.version)", lines.joined(separator: "\n"), hint.text(in: language)]
        return blocks.joined(separator: "\n\n") + "\n"
    }
}

import ArgumentParser
import ServiceKit

/// `gridctl up`: everything on this machine.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Run the whole suite on this machine until Ctrl-C.",
        discussion: """
            Without --postgres and POSTGRES_URL a private PostgreSQL cluster is made in the directory. Schemas are brought \
            up to date, the profile is loaded when none is in force, and secrets are made once. Services that end are \
            started again. The services' settings can be given in the environment.
            """)

    @OptionGroup var suite: SuiteOptions
    @OptionGroup var place: SuitePlaceOptions

    @Flag(help: "Show the services' logs as JSON lines.")
    var jsonLogs = false

    @Flag(help: "Do not show the services' logs; they are in the directory's log folder.")
    var quiet = false

    func run() async throws {
        let screen = Screen(language: suite.language)
        var configuration = place.configuration(suite)
        configuration.logs = quiet ? .none : jsonLogs ? .json : .text
        try await SuiteRunner.run(configuration, screen: screen) { record, signals in
            Self.announce(record, on: screen)
            await signals.wait()
        }
    }

    static func announce(_ record: SuiteRecord, on screen: Screen) {
        for service in record.services where service.name != SuiteExecutable.commandCentre {
            screen.line("  \(service.name)  \(service.url)")
        }
        let page = record.url(of: SuiteExecutable.commandCentre) ?? ""
        screen.line(zh: "已就绪。指挥中心 \(page)/  （Ctrl-C 停止）", en: "Ready. Command centre \(page)/  (Ctrl-C stops)")
    }
}

/// Options that say how a suite is laid out on this machine.
struct SuitePlaceOptions: ParsableArguments {
    @Option(help: "Profile to load when none is in force.")
    var profile = "deploy/profiles/xihanggang"

    @Option(help: "Port of the first service; the others follow. 0 picks free ports.")
    var portsFrom = 7_100

    @Option(help: "Port of the private PostgreSQL; otherwise one that is free.")
    var postgresPort: Int?

    func validate() throws {
        guard portsFrom == 0 || (1_024...65_000).contains(portsFrom) else {
            throw ValidationError("--ports-from is 0 or lies between 1024 and 65000")
        }
    }

    func configuration(_ suite: SuiteOptions) -> SuiteConfiguration {
        var configuration = SuiteConfiguration(directory: suite.directory)
        let named = Terminal.environment["POSTGRES_URL"].flatMap { $0.isEmpty ? nil : $0 }
        configuration.postgresURL = suite.postgres ?? named
        configuration.postgresPort = postgresPort
        configuration.profileFolder = profile
        configuration.firstPort = portsFrom == 0 ? nil : portsFrom
        return configuration
    }
}

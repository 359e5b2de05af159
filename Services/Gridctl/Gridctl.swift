import ArgumentParser
import ServiceKit

/// The operator's command line: runs a suite on one machine, prepares its database, looks into it, mends it.
///
/// Talks to the database and the services' HTTP APIs; where a service's own code is needed it starts that service's
/// executable, which lies beside this one. Exit codes are those of `sysexits.h`; see ``CommandFailure``.
@main
struct Gridctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gridctl",
        abstract: "Urban grid management (网格) from the command line.",
        version: "gridctl \(version)",
        subcommands: [
            UpCommand.self, DemoCommand.self, BenchCommand.self, ProfileCommand.self, MigrateCommand.self,
            TokenCommand.self, KeyCommand.self, SimulateCommand.self, AuditCommand.self, ReplayCommand.self,
            LogCommand.self,
        ])

    static let version = "0.1.0"

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard let failure = CommandFailure(describing: error) else { exit(withError: error) }
            Terminal.complain("gridctl: \(failure.text.text(in: .terminal))")
            exit(withError: ArgumentParser.ExitCode(failure.kind.rawValue))
        }
    }
}

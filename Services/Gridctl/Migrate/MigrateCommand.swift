import ArgumentParser

/// `gridctl migrate`: brings all schemas of a database up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring every service's schemas up to date; running services are not stopped.")

    @OptionGroup var suite: SuiteOptions

    @Flag(help: "Only list what would be applied.")
    var dryRun = false

    func run() async throws {
        let url = try suite.postgresURL()
        for executable in SuiteExecutable.all {
            var environment = Terminal.environment
            environment["POSTGRES_URL"] = url
            environment["LOG_FORMAT"] = "text"
            // Services check all their settings before anything else; schemas have no use for this one.
            for secret in executable.ownSecrets where environment[secret] == nil {
                environment[secret] = SuiteSecrets.random()
            }
            let lines = try await SchemaMigration.run(executable, environment: environment, isRehearsal: dryRun)
            for line in lines { print(line) }
        }
    }
}

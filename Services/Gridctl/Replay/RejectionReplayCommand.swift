import ArgumentParser
import City
import EventLog
import Postgres
import ServiceKit

/// `gridctl replay rejections`
struct RejectionReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejections",
        abstract: "Submit refused input again, as when a profile now knows what it did not.",
        discussion: """
            Refused input is encrypted, and only intake can open it: its executable does the work, with CONTACTS_KEY of \
            the environment or of the suite's directory. What is refused again stays as it is.
            """)

    @OptionGroup var suite: SuiteOptions
    @Option(help: "Only of this source.")
    var source: String?
    @Flag(help: "Only list what was refused, with the reasons.")
    var list = false

    private static let shown = 200

    func run() async throws {
        if list { return try show() }
        let intake = SuiteExecutable.all[0]
        var environment = Terminal.environment
        environment["POSTGRES_URL"] = try suite.postgresURL()
        environment["LOG_FORMAT"] = "text"
        let secrets = SuiteSecrets.known(suite.directory)
        for name in intake.ownSecrets { environment[name] = secrets[name] }
        let launch = ChildProcess.Launch(
            program: try Executables.path(of: intake.name),
            arguments: ["replay-rejections"] + (source.map { ["--replay-source=\($0)"] } ?? []),
            environment: environment)
        let (ending, lines) = try await ChildProcess.run(launch)
        for line in lines { print(line) }
        guard ending == .exit(0) else {
            if case .exit(let code) = ending { throw ArgumentParser.ExitCode(code) }
            throw CommandFailure(.internalError, zh: "intake 异常退出（\(ending)）", en: "intake ended with \(ending)")
        }
    }

    private func show() throws {
        let session = try suite.session()
        defer { session.close() }
        let rows = try session.query(
            """
            SELECT r.id, r.source, r.received_at,
                   (SELECT string_agg((e ->> 'slug') || ' ' || (e ->> 'pointer'), ', ') FROM json_array_elements(r.reasons) e)
            FROM intake.rejection r
            WHERE r.replayed_at IS NULL AND (\(source)::text IS NULL OR r.source = \(source))
            ORDER BY r.id LIMIT \(Int64(Self.shown))
            """
        ).decode((Int64, String, PostgresTimestamp, String?).self)
        let header = suite.language == .zh ? ["序号", "来源", "时间", "原因"] : ["id", "source", "time", "reasons"]
        let cells = rows.map { [String($0.0), $0.1, Timestamp($0.2).rfc3339, $0.3 ?? ""] }
        Terminal.say(TextTable(header: header, rows: cells, numeric: [0]).text)
    }
}

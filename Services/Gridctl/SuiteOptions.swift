public import ArgumentParser
import City
import CityStore
import EventLog
import FoundationEssentials
import Logging
import Postgres
public import ServiceKit

extension Language: ExpressibleByArgument {}

/// Options that say which suite a command is about: a database by its URL, or a suite that `gridctl up` runs here.
struct SuiteOptions: ParsableArguments {
    @Option(help: "Database URL; otherwise POSTGRES_URL, otherwise that of the suite that runs in --dir.")
    var postgres: String?

    @Option(help: "Directory in which `gridctl up` keeps its files.")
    var dir = ".wangge"

    @Option(help: "Language of what is printed: zh or en; otherwise the terminal's.")
    var language: Language = .terminal

    var directory: SuiteDirectory { SuiteDirectory(path: dir) }

    /// Where the database is.
    ///
    /// - Throws: ``CommandFailure`` when neither option, environment nor a running suite says so.
    func postgresURL() throws -> String {
        if let url = try postgresURLIfKnown() { return url }
        throw CommandFailure(
            .configuration, zh: "不知道数据库在哪里：请给出 --postgres 或 POSTGRES_URL，或先运行 gridctl up",
            en: "no database: give --postgres, set POSTGRES_URL, or start a suite with gridctl up")
    }

    func postgresURLIfKnown() throws -> String? {
        try postgres ?? Terminal.environment["POSTGRES_URL"].flatMap { $0.isEmpty ? nil : $0 }
            ?? directory.record()?.postgresURL
    }

    /// Connects to a database whose event log is as this program knows it.
    func session() throws -> PostgresSession {
        var settings = try PostgresSettings(url: try postgresURL())
        settings.applicationName = "gridctl"
        let session = try PostgresSession(settings, logger: Self.quietLogger)
        try Suite.migrator.verify(session)
        return session
    }

    /// The city in force.
    ///
    /// - Throws: ``CommandFailure`` when no profile was loaded.
    func city(_ session: PostgresSession) throws -> City {
        guard let city = try CityStore.load(session) else {
            throw CommandFailure(
                .unavailable, zh: "没有生效的城市配置，请先 gridctl profile load",
                en: "no profile is in force; load one with gridctl profile load")
        }
        return city
    }

    /// Connects to a database of this program's own making.
    static func quietSession(_ url: String) throws -> PostgresSession {
        try PostgresSession(PostgresSettings(url: url), logger: quietLogger)
    }

    /// Prints in the language asked for.
    func say(zh: String, en: String) { Terminal.say(language == .zh ? zh : en) }

    /// Remarks on standard error, so that standard output holds the answer alone.
    func remark(zh: String, en: String) { Terminal.complain(language == .zh ? zh : en) }

    /// Libraries' logs would disturb an answer; what matters is thrown.
    static let quietLogger = Logger(label: "gridctl") { _ in SwiftLogNoOpLogHandler() }
}

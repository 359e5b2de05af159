import ArgumentParser
import EventLog
import Kafka
import Postgres
import ServiceKit

/// `gridctl log`: looks into the event log, and moves a suite to the other one.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Look into the event log, or move a stopped suite to the other one.",
        subcommands: [LogStatusCommand.self, LogShowCommand.self, LogCopyCommand.self])
}

/// Where the brokers are, when they are needed.
struct KafkaOptions: ParsableArguments {
    @Option(help: "Kafka brokers, host:port with commas; otherwise KAFKA_BOOTSTRAP_SERVERS.")
    var kafka: String?

    /// Settings of the environment (`KAFKA_*`), with the brokers asked for.
    ///
    /// - Throws: ``CommandFailure`` when no brokers are named.
    func settings() throws -> KafkaSettings {
        var environment = Terminal.environment
        if let kafka { environment["KAFKA_BOOTSTRAP_SERVERS"] = kafka }
        do {
            return try KafkaSettings(environment: environment, clientID: "gridctl")
        } catch {
            throw CommandFailure(
                .configuration, zh: "Kafka 设置有误：\(error)", en: "the settings for Kafka are wrong: \(error)")
        }
    }

    /// A reader of the log the suite runs on.
    func reader(_ session: PostgresSession) throws -> (kind: LogKind, reader: LogReader) {
        let kind = try LogReader.log(of: session) ?? .postgres
        let kafka = kind == .kafka ? try settings() : nil
        return (kind, LogReader(session, kafka: kafka, logger: SuiteOptions.quietLogger))
    }
}

import ArgumentParser
import EventLog
import Kafka
import Postgres
import ServiceKit

/// `gridctl log copy`
struct LogCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Move a stopped suite to the other log.",
        discussion: """
            Copies every message a service still needs, translates positions, and switches the suite over in one \
            transaction: what is broken off can be started again. Then start the services with EVENT_LOG set to the \
            new log. Topics at the brokers must be empty, or not exist.
            """)

    enum Target: String, ExpressibleByArgument, CaseIterable {
        case postgres, kafka
    }

    @OptionGroup var suite: SuiteOptions
    @OptionGroup var brokers: KafkaOptions
    @Option(help: "The log to move to: postgres or kafka.")
    var to: Target

    func run() async throws {
        var settings = try PostgresSettings(url: try suite.postgresURL())
        settings.applicationName = "gridctl"
        try suite.session().close()
        let copy = LogCopy(
            postgres: settings, kafka: try brokers.settings(), to: to == .kafka ? .kafka : .postgres,
            logger: SuiteOptions.quietLogger)
        let screen = Screen(language: suite.language)
        let summary: LogCopy.Summary
        do {
            summary = try await screen.step(zh: "迁移日志到 \(to.rawValue)", en: "moving the log to \(to.rawValue)") {
                try copy.run { progress in
                    guard progress.copied % 50_000 < 500 else { return }
                    screen.line("  \(progress.topic)/\(progress.partition)  \(progress.copied)")
                }
            }
        } catch let error as LogCopyError {
            throw Self.failure(error)
        }
        guard summary.from != nil else {
            return suite.say(zh: "已经在 \(to.rawValue) 上，无需迁移", en: "the suite is on \(to.rawValue) already")
        }
        suite.say(
            zh: "已迁移 \(summary.messages) 条消息、\(summary.lanes) 条通道的位置；请以 EVENT_LOG=\(to.rawValue) 启动服务",
            en:
                "moved \(summary.messages) messages and the positions of \(summary.lanes) lanes; start the services with EVENT_LOG=\(to.rawValue)"
        )
    }

    private static func failure(_ error: LogCopyError) -> CommandFailure {
        switch error {
        case .servicesRun(let names):
            CommandFailure(
                .unavailable, zh: "这些服务还在运行：\(names.joined(separator: "、"))，请先停止", en: "\(error)")
        case .neverRan:
            CommandFailure(.data, zh: "这套服务从未运行过，直接以新的 EVENT_LOG 启动即可", en: "\(error); just set EVENT_LOG")
        case .otherMessages(let topic, let partition, let offset):
            CommandFailure(
                .data, zh: "Kafka 主题 \(topic) 分区 \(partition) 的 \(offset) 处有别的消息，主题必须为空", en: "\(error)")
        }
    }
}

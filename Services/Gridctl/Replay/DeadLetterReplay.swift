import ArgumentParser
import City
import EventLog
import Postgres
import ServiceKit

/// `gridctl replay dead-letters`
struct DeadLetterReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract:
            "Have services handle again the messages they set aside, oldest first, with those parked behind them.",
        discussion: "Exit codes: 0 all were handled, 1 some failed again, 69 the service does not run.")

    @OptionGroup var suite: SuiteOptions
    @Option(help: "Only of this service, such as router.")
    var service: String?
    @Option(help: "Only of this topic, such as reports.")
    var topic: String?
    @Option(help: "Only of this subject, such as a case number.")
    var subject: String?
    @Flag(help: "Only list them.")
    var list = false
    @Option(help: "Seconds to wait for the services.")
    var timeout = 60

    private static let shown = 200

    func run() async throws {
        let session = try suite.session()
        defer { session.close() }
        let choice = DeadLetters.Choice(service: service, topic: topic, subject: subject)
        if list { return try show(DeadLetters.open(choice, limit: Self.shown, session: session)) }
        let ids = try DeadLetters.requestReplay(choice, session: session)
        guard !ids.isEmpty else { return suite.say(zh: "没有待重放的消息", en: "nothing is set aside") }
        let screen = Screen(language: suite.language)
        let progress = try await screen.step(zh: "重放 \(ids.count) 条消息", en: "replaying \(ids.count) messages") {
            try await wait(for: ids, session: session)
        }
        suite.say(
            zh: "已处理 \(progress.replayed) 条，再次失败 \(progress.failed) 条，等待 \(progress.waiting) 条",
            en: "\(progress.replayed) handled, \(progress.failed) failed again, \(progress.waiting) waiting")
        if progress.waiting > 0 {
            throw CommandFailure(
                .unavailable, zh: "没有服务来处理：它在运行吗？请求已保留，服务启动后会处理",
                en: "no service took them up: does it run? The request stays and is served when it starts")
        }
        if progress.failed > 0 {
            try show(DeadLetters.failures(of: ids, limit: Self.shown, session: session))
            throw ArgumentParser.ExitCode(1)
        }
    }

    private func wait(for ids: [Int64], session: PostgresSession) async throws -> DeadLetters.Progress {
        let deadline = ContinuousClock.now + .seconds(timeout)
        while true {
            let progress = try DeadLetters.progress(of: ids, session: session)
            if progress.waiting == 0 || ContinuousClock.now >= deadline { return progress }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func show(_ rows: [DeadLetters.Row]) throws {
        let header =
            suite.language == .zh
            ? ["序号", "服务", "出处", "对象", "时间", "原因"] : ["id", "service", "place", "subject", "time", "reason"]
        let cells = rows.map { row in
            [
                String(row.id), row.service, row.place, row.subject, Timestamp(row.happenedAt).rfc3339,
                (row.isParked ? "· " : "") + row.reason,
            ]
        }
        Terminal.say(TextTable(header: header, rows: cells, numeric: [0]).text)
        if rows.count == Self.shown { suite.remark(zh: "只显示前 \(Self.shown) 条", en: "the first \(Self.shown) only") }
    }
}

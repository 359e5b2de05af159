import ArgumentParser
import City
import Postgres
import ServiceKit

/// `gridctl demo`: a suite of its own, a month of the city, the figures an analyst reads, and the proof that they hold.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Start a fresh suite, play the month of a city, show its figures, audit them.",
        discussion: """
            Everything is made anew in --dir, with a private PostgreSQL and free ports, and runs until Ctrl-C. With \
            --once it ends by itself, with exit 0 only if the figures are exactly those the profile aims at and the \
            audit finds nothing.
            """)

    @Option(help: "Directory of the demonstration; what an earlier one left there is removed.")
    var dir = ".wangge/demo"

    @Option(help: "Profile of the city.")
    var profile = "deploy/profiles/xihanggang"

    @Option(help: "Decides everything that is drawn.")
    var seed: UInt64 = 1

    @Option(help: "Port of the first service, the others follow; otherwise ports that are free.")
    var portsFrom: Int?

    @Option(help: "Language of what is printed: zh or en; figures are in both.")
    var language: Language = .terminal

    @Flag(help: "End when the figures are shown and audited.")
    var once = false

    func run() async throws {
        let clock = ContinuousClock()
        let started = clock.now
        let screen = Screen(language: language)
        let directory = SuiteDirectory(path: dir)
        try directory.removeAll()
        var configuration = SuiteConfiguration(directory: directory)
        configuration.profileFolder = profile
        configuration.firstPort = portsFrom
        configuration.logs = .none
        // Sent by the suite's task, so what it is to do must be a value.
        let (demo, stays) = (Demonstration(directory: directory, profile: profile, seed: seed, screen: screen), !once)
        try await SuiteRunner.run(configuration, screen: screen) { record, signals in
            try await demo.play(record)
            let seconds = (clock.now - started).components.seconds
            screen.line(zh: "演示共用 \(seconds) 秒", en: "the demonstration took \(seconds) s")
            guard stays else { return }
            screen.line(
                zh: "指挥中心：\(demo.page(record))  （Ctrl-C 停止）",
                en: "Command centre: \(demo.page(record))  (Ctrl-C stops)")
            await signals.wait()
        }
    }
}

/// What is shown of a suite that has just been started.
struct Demonstration: Sendable {
    let directory: SuiteDirectory
    let profile: String
    let seed: UInt64
    let screen: Screen

    private var truth: String { "\(directory.path)/truth.jsonl" }

    /// - Throws: ``CommandFailure`` when an answer was not as expected, figures are not those aimed at, or the audit finds
    ///   something.
    func play(_ record: SuiteRecord) async throws {
        let run = SimulationRun(
            postgresURL: record.postgresURL, addresses: SuiteAddresses(record), directory: directory,
            language: screen.language, truth: truth)
        let target = try target()
        screen.line(
            zh: "模拟 \(target.year) 年 \(target.month) 月：\(target.events) 起事件，\(target.onTheSpot) 起现场处置",
            en:
                "Simulating \(target.year)-\(target.month): \(target.events) events, \(target.onTheSpot) handled on the spot"
        )
        let (plan, summary) = try await run.play { _ in
            Scenario(
                seed: seed, month: CivilDay(year: target.year, month: target.month, day: 1), events: target.events,
                onTheSpot: target.onTheSpot)
        }
        let pool = PostgresPool(
            try PostgresSettings(url: record.postgresURL), size: 1, logger: SuiteOptions.quietLogger)
        let figures = try await pool.withSession { try MonthFigures.load(plan.scenario, session: $0) }
        for line in figures.lines { screen.line(line) }
        let report = try await audit(pool)
        await pool.shutdown()
        screen.line(report.text(in: screen.language))
        try judge(figures, plan.scenario, summary, report)
    }

    /// Address of the command centre's page with the month that was played.
    func page(_ record: SuiteRecord) -> String {
        let base = record.url(of: SuiteExecutable.commandCentre) ?? ""
        guard let target = try? target() else { return base + "/" }
        let first = CivilDay(year: target.year, month: target.month, day: 1)
        let last = first.adding(days: CivilDay.days(inMonth: target.month, of: target.year) - 1)
        return "\(base)/?from=\(first)&to=\(last)"
    }

    private func target() throws -> SimulationTarget {
        guard let target = try ProfileReport(checking: ProfileFolder(path: profile)).simulation else {
            throw CommandFailure.data(zh: "\(profile) 没有给出模拟目标", en: "\(profile) aims at no month")
        }
        return target
    }

    private func audit(_ pool: PostgresPool) async throws -> AuditReport {
        let (record, logs) = (try TruthRecord(path: truth), directory.logs)
        return try await screen.step(zh: "审计", en: "audit") {
            try await pool.withSession { try Audit(truth: [record], waitSeconds: 60, logFolders: [logs]).run($0) }
        }
    }

    private func judge(
        _ figures: MonthFigures, _ scenario: Scenario, _ summary: Simulation.Summary, _ report: AuditReport
    ) throws {
        for surprise in summary.surprises.prefix(20) {
            screen.alarm(zh: "意外：\(surprise)", en: "unexpected: \(surprise)")
        }
        guard summary.surprises.isEmpty else {
            throw CommandFailure.incomplete(
                zh: "\(summary.surprises.count) 个答复与预期不符", en: "\(summary.surprises.count) answers were not as expected"
            )
        }
        guard figures.reported == scenario.events, figures.onTheSpot == scenario.onTheSpot else {
            throw CommandFailure.incomplete(
                zh:
                    "应为 \(scenario.events) 起、现场处置 \(scenario.onTheSpot) 起，实为 \(figures.reported) 与 \(figures.onTheSpot)",
                en:
                    "expected \(scenario.events) events and \(scenario.onTheSpot) on the spot, counted \(figures.reported) and \(figures.onTheSpot)"
            )
        }
        try report.requireClean()
    }
}

import ArgumentParser
import City
import CityStore
import FoundationEssentials
import Postgres
import ServiceKit

/// `gridctl simulate`: a month of a city against a running suite, in a minute or two.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Play a month of the city against a running suite.",
        discussion: """
            Publishes reports as hotlines, cameras, patrols and residents would, works on cases as the city's people \
            would, and moves the suite's clock through the month. The same seed gives the same reports. Afterwards the \
            clock stands at the end of the month. With --truth every answer is recorded for gridctl audit.
            """)

    @OptionGroup var suite: SuiteOptions
    @OptionGroup var options: ScenarioOptions

    @Option(help: "File for a record of every answer, JSON lines.")
    var truth: String?

    @Option(help: "Events published in a second of real time at most; otherwise as fast as the suite takes them.")
    var rate: Double?

    @Option(help: "Address of intake; otherwise that of the suite that runs in --dir.")
    var intake: String?
    @Option(help: "Address of router.")
    var router: String?
    @Option(help: "Address of rewards.")
    var rewards: String?

    func validate() throws {
        if let rate, rate <= 0 { throw ValidationError("--rate is above 0") }
    }

    func run() async throws {
        let run = SimulationRun(
            postgresURL: try suite.postgresURL(), addresses: try addresses(), directory: suite.directory,
            language: suite.language, truth: truth, eventsPerSecond: rate)
        let (plan, summary) = try await run.play { try options.scenario(for: $0) }
        suite.say(
            zh:
                "\(plan.scenario.name)：上报 \(summary.published) 条，人员操作 \(summary.acts) 次，积分审核 \(summary.reviewed) 笔，时钟停留 \(summary.stops) 次",
            en:
                "\(plan.scenario.name): \(summary.published) inputs, \(summary.acts) actions, \(summary.reviewed) reviews, \(summary.stops) stops of the clock"
        )
        for surprise in summary.surprises.prefix(20) {
            suite.remark(zh: "意外：\(surprise)", en: "unexpected: \(surprise)")
        }
        if !summary.surprises.isEmpty {
            throw CommandFailure.incomplete(
                zh: "\(summary.surprises.count) 个答复与预期不符", en: "\(summary.surprises.count) answers were not as expected"
            )
        }
    }

    private func addresses() throws -> SuiteAddresses {
        var addresses = try suite.directory.record().map(SuiteAddresses.init) ?? .standard
        if let intake { addresses.intake = intake }
        if let router { addresses.router = router }
        if let rewards { addresses.rewards = rewards }
        return addresses
    }
}

/// Options that say which month is simulated.
struct ScenarioOptions: ParsableArguments {
    @Option(help: "Decides everything that is drawn.")
    var seed: UInt64 = 1

    @Option(help: "Month such as 2025-11; otherwise the one the profile aims at.")
    var month: String?

    @Option(help: "Different matters of the month; otherwise as many as the profile says.")
    var events: Int?

    @Option(help: "How many of them are handled on the spot.")
    var onTheSpot: Int?

    @Option(help: "Folder of the profile, for what it aims at; otherwise deploy/profiles/<code of the city in force>.")
    var scenarioFrom: String?

    func scenario(for city: City) throws -> Scenario {
        let folder = scenarioFrom ?? "deploy/profiles/\(city.profile.code)"
        // Only what the options leave open is taken from the profile, so a suite elsewhere needs no folder.
        let needsTarget = month == nil || events == nil || onTheSpot == nil
        let target = needsTarget ? try ProfileReport(checking: ProfileFolder(path: folder)).simulation : nil
        guard let first = try firstDay(target), let events = events ?? target?.events,
            let onTheSpot = onTheSpot ?? target?.onTheSpot
        else {
            throw CommandFailure.data(
                zh: "\(folder) 没有给出模拟目标，请用 --month、--events、--on-the-spot 指定",
                en: "\(folder) aims at no month; give --month, --events and --on-the-spot")
        }
        guard events > 0, (0...events).contains(onTheSpot) else {
            throw ValidationError("--on-the-spot lies between 0 and --events")
        }
        return Scenario(seed: seed, month: first, events: events, onTheSpot: onTheSpot)
    }

    private func firstDay(_ target: SimulationTarget?) throws -> CivilDay? {
        guard let month else { return target.map { CivilDay(year: $0.year, month: $0.month, day: 1) } }
        guard let day = CivilDay(iso8601: month + "-01") else {
            throw ValidationError("\(month) is not a month such as 2025-11")
        }
        return day
    }
}

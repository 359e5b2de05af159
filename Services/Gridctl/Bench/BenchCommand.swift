import ArgumentParser
import City
import FoundationEssentials
import Postgres

/// Measures a whole suite on this machine beside the machine's own limits, in one run.
///
/// Starts a suite of its own with default durability: five services and PostgreSQL share the machine with the load.
/// A ratio says more than a rate: machines differ, and the same one differs from hour to hour.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure reports a second and latencies, beside the machine's own limits.",
        discussion: "Prints a table, and writes the figures as JSON under flat names.")

    @Option(help: "Reports of the measured run.")
    var reports = 60_000
    @Option(help: "Closed cases that are there before, so that tables are not empty.")
    var closed = 0
    @Option(help: "Open cases that are there before, besides those that are closed.")
    var open = 0
    @Option(
        help:
            "Closed cases to go on to afterwards, separated by commas, with a measured run at each: what grows with history."
    )
    var growth = ""
    @Option(help: "Reports of one request.")
    var batch = 100
    @Option(help: "Requests at a time.")
    var connections = 8
    @Option(help: "Single reports, each a request, over 32 connections; 0 leaves them out.")
    var singles = 20_000
    @Option(help: "Seconds of 200 single reports a second, for latencies; 0 leaves them out.")
    var latencySeconds = 10
    @Flag(help: "Leave out what the machine can do by itself.")
    var withoutLimits = false
    @Flag(help: "Leave out the audit at the end.")
    var withoutAudit = false
    @Option(help: "A Python with asyncpg and orjson: also measure what a user would write instead.")
    var peers: String?
    @Option(help: "Directory for the suite; it is begun anew.")
    var dir = ".wangge/bench"
    @Flag(help: "Go on with the suite that an earlier run left in the directory, with all its cases.")
    var keep = false
    @Option(help: "File for the figures.")
    var json = ".wangge/bench.json"
    @Option(help: "Profile of the city.")
    var profile = "deploy/profiles/xihanggang"

    func validate() throws {
        guard growth.isEmpty || growthSteps.count == growth.split(separator: ",").count else {
            throw ValidationError("--growth is a list of numbers of cases, such as 2000000,5000000")
        }
    }

    private var growthSteps: [Int] { growth.split(separator: ",").compactMap { Int($0) } }

    func run() async throws {
        let screen = Screen(language: .terminal)
        let directory = SuiteDirectory(path: dir)
        if !keep { try directory.removeAll() }
        var configuration = SuiteConfiguration(directory: directory)
        configuration.profileFolder = profile
        configuration.firstPort = nil
        configuration.logs = .none
        configuration.changeProfile = Self.lengthenStages
        try await SuiteRunner.run(configuration, screen: screen) { record, _ in
            var report = BenchReport()
            // What was measured is kept, also when something fails afterwards.
            let result: Result<Void, any Error>
            do { result = .success(try await measure(record, screen: screen, in: &report)) } catch {
                result = .failure(error)
            }
            screen.line(report.table)
            try Data(report.json.utf8).write(to: URL(filePath: json), options: .atomic)
            try result.get()
        }
    }

    private func measure(_ record: SuiteRecord, screen: Screen, in report: inout BenchReport) async throws {
        let pool = PostgresPool(
            try PostgresSettings(url: record.postgresURL), size: 1, logger: SuiteOptions.quietLogger)
        let load = try await BenchLoad(record, pool: pool)
        try await noteMemory("idle", record, pool: pool, in: &report)
        if !withoutLimits { try await noteLimits(record, screen: screen, in: &report) }
        var next = keep ? try await load.firstUnused() : 0
        next += try await prepare(.closed, closed, from: next, load, screen: screen)
        next += try await prepare(.open, open, from: next, load, screen: screen)
        if open > 0 { try await noteMemory("open\(open)", record, pool: pool, in: &report) }
        try await noteThroughput("endToEnd", record, load, from: next, pool: pool, screen: screen, in: &report)
        next += reports
        if !withoutLimits { try await noteSameRows(record, load, screen: screen, in: &report) }
        if singles > 0 {
            if !withoutLimits { try await noteBareHTTP(load, screen: screen, in: &report) }
            for (name, alone) in [("single", false), ("singleIntakeAlone", true)] {
                try await noteSingles(
                    name, alone: alone, record, load, from: next, pool: pool, screen: screen, in: &report)
                next += singles
                try await load.settled()
            }
            if let peers {
                try await screen.step(zh: "FastAPI 逐条受理", en: "single reports by FastAPI") {
                    [singles] in
                    try await FastAPIPeer(python: peers, url: record.postgresURL)
                        .measure(load, requests: singles, from: next, in: &report)
                }
                next += 3 * singles + 1_000
            }
        }
        if latencySeconds > 0 {
            let latencies = try await screen.step(zh: "从受理到立案", en: "from accepted to case") {
                try await load.visibility(ratePerSecond: 200, seconds: latencySeconds, from: next)
            }
            next += latencySeconds * 200
            noteLatencies("visible", latencies, in: &report)
        }
        var reached = closed
        for step in growthSteps where step > reached {
            next += try await prepare(.closed, step - reached, from: next, load, screen: screen)
            reached = step
            let name = "growth.closed\(step)"
            try await noteThroughput(name, record, load, from: next, pool: pool, screen: screen, in: &report)
            next += reports
            report.noteRatio(
                "ratio.\(name)", of: "\(name).reportsPerSecond", to: "endToEnd.reportsPerSecond")
        }
        await pool.shutdown()
        if !withoutAudit { try await audit(record, screen: screen, in: &report) }
    }

    /// No stage ends during a long run: hundreds of thousands of cases that become late at once would be the load, and not
    /// what is measured.
    static let lengthenStages: @Sendable (inout Profile) -> Void = { profile in
        let month = TimeLimit(30, .calendarDays)
        profile.policy.clocks.dispatch = month
        profile.policy.clocks.accept = month
        profile.policy.clocks.check = month
    }

    /// - Returns: How many reports were made.
    private func prepare(
        _ kind: BenchLoad.Kind, _ count: Int, from first: Int, _ load: BenchLoad, screen: Screen
    ) async throws -> Int {
        guard count > 0 else { return 0 }
        try await screen.step(
            zh: "预先准备 \(count) 件\(kind == .open ? "未结" : "已结")案卷",
            en: "\(count) \(kind == .open ? "open" : "closed") cases beforehand"
        ) {
            try await load.prepare(kind, reports: count, from: first, connections: connections)
        }
        return count
    }
}

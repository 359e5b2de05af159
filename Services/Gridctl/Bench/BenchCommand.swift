import ArgumentParser
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
    @Option(help: "Reports that are there before, so that tables are not empty.")
    var before = 0
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
    @Option(help: "A Python with asyncpg and orjson: also measure what a user would write instead.")
    var peers: String?
    @Option(help: "Directory for the suite; it is begun anew.")
    var dir = ".wangge/bench"
    @Option(help: "File for the figures.")
    var json = ".wangge/bench.json"
    @Option(help: "Profile of the city.")
    var profile = "deploy/profiles/xihanggang"

    func run() async throws {
        let screen = Screen(language: .terminal)
        let directory = SuiteDirectory(path: dir)
        try directory.removeAll()
        var configuration = SuiteConfiguration(directory: directory)
        configuration.profileFolder = profile
        configuration.firstPort = nil
        configuration.logs = .none
        try await SuiteRunner.run(configuration, screen: screen) { record, _ in
            let report = try await measure(record, screen: screen)
            screen.line(report.table)
            try Data(report.json.utf8).write(to: URL(filePath: json), options: .atomic)
        }
    }

    private func measure(_ record: SuiteRecord, screen: Screen) async throws -> BenchReport {
        var report = BenchReport()
        let pool = PostgresPool(
            try PostgresSettings(url: record.postgresURL), size: 1, logger: SuiteOptions.quietLogger)
        let load = try await BenchLoad(record, pool: pool)
        let idle = try await pool.withSession { try MachineUse.now(record, session: $0) }
        for (name, value) in idle.memory.sorted(by: { $0.key < $1.key }) {
            report.note("memory.\(name).idleMiB", value)
        }
        if !withoutLimits { try await noteLimits(record, screen: screen, in: &report) }
        var next = 0
        if before > 0 {
            try await screen.step(zh: "预先上报 \(before) 条", en: "\(before) reports beforehand") {
                _ = try await load.throughput(reports: before, from: next, batch: 500, connections: connections)
            }
            next += before
        }
        try await noteThroughput(record, load, from: next, pool: pool, screen: screen, in: &report)
        next += reports
        if !withoutLimits { try await noteSameRows(record, screen: screen, in: &report) }
        if singles > 0 {
            let (rate, latencies) = try await screen.step(zh: "逐条上报", en: "single reports") {
                try await load.singles(requests: singles, from: next, connections: 32)
            }
            next += singles
            report.note("single.requestsPerSecond", rate)
            noteLatencies("single", latencies, in: &report)
            report.noteRatio(
                "ratio.singleToCommits", of: "single.requestsPerSecond", to: "limit.commitsPerSecond.clients32")
        }
        if latencySeconds > 0 {
            let latencies = try await screen.step(zh: "从受理到立案", en: "from accepted to case") {
                try await load.visibility(ratePerSecond: 200, seconds: latencySeconds, from: next)
            }
            noteLatencies("visible", latencies, in: &report)
        }
        await pool.shutdown()
        return report
    }

    private func noteThroughput(
        _ record: SuiteRecord, _ load: BenchLoad, from first: Int, pool: PostgresPool, screen: Screen,
        in report: inout BenchReport
    ) async throws {
        let before = try await pool.withSession { try MachineUse.now(record, session: $0) }
        let throughput = try await screen.step(zh: "上报 \(reports) 条", en: "\(reports) reports") {
            try await load.throughput(reports: reports, from: first, batch: batch, connections: connections)
        }
        let after = try await pool.withSession { try MachineUse.now(record, session: $0) }
        let count = Double(throughput.reports)
        report.note("endToEnd.reports", count)
        report.note("endToEnd.seconds", throughput.wholeSeconds)
        report.note("endToEnd.reportsPerSecond", count / throughput.wholeSeconds)
        report.note("endToEnd.acceptedPerSecond", count / throughput.acceptedSeconds)
        for (name, seconds) in after.cpuSeconds.sorted(by: { $0.key < $1.key }) {
            report.note(
                "cpu.\(name).microsecondsPerReport", (seconds - (before.cpuSeconds[name] ?? 0)) * 1_000_000 / count)
        }
        for (name, value) in after.memory.sorted(by: { $0.key < $1.key }) {
            report.note("memory.\(name).loadedMiB", value)
        }
        report.note("wal.bytesPerReport", Double(after.walBytes - before.walBytes) / count)
        report.note("database.bytesPerReport", Double(after.databaseBytes - before.databaseBytes) / count)
    }

    private func noteLimits(_ record: SuiteRecord, screen: Screen, in report: inout BenchReport) async throws {
        let limits = MachineLimits(url: record.postgresURL, folder: dir)
        try await screen.step(zh: "本机数据库的极限", en: "limits of the database here") {
            for clients in [1, 32] {
                report.note(
                    "limit.commitsPerSecond.clients\(clients)",
                    try await limits.commitsPerSecond(clients: clients, seconds: 4))
            }
            report.note(
                "limit.unnestRowsPerSecond", try limits.wideRowsPerSecond(batch: 100, seconds: 3, copy: false))
            report.note("limit.copyRowsPerSecond", try limits.wideRowsPerSecond(batch: 500, seconds: 3, copy: true))
            try limits.remove()
        }
    }

    private func noteSameRows(_ record: SuiteRecord, screen: Screen, in report: inout BenchReport) async throws {
        try await screen.step(zh: "裸循环写相同的行", en: "the same rows by a bare loop") {
            let rows = try SameRows(url: record.postgresURL, limit: min(reports, 30_000), batch: 500)
            report.note("limit.sameRows.rowsPerReport", rows.rowsPerReport)
            report.note("limit.sameRowsPerSecond.connections1", try rows.write(connections: 1))
            let session = try PostgresSession(
                PostgresSettings(url: record.postgresURL), logger: SuiteOptions.quietLogger)
            defer { session.close() }
            let before = try MachineUse.now(record, session: session)
            report.note("limit.sameRowsPerSecond", try rows.write(connections: 2))
            let after = try MachineUse.now(record, session: session)
            for name in ["postgres", "gridctl"] {
                let seconds = (after.cpuSeconds[name] ?? 0) - (before.cpuSeconds[name] ?? 0)
                report.note(
                    "limit.sameRows.\(name).microsecondsPerReport", seconds * 1_000_000 / Double(rows.reports))
            }
            if let peers {
                report.note("peer.pythonPipeline.reportsPerSecond", try await pythonPipeline(peers, rows))
            }
            try rows.remove()
        }
        report.noteRatio("ratio.endToEndToSameRows", of: "endToEnd.reportsPerSecond", to: "limit.sameRowsPerSecond")
        report.noteRatio(
            "ratio.endToEndToPythonPipeline", of: "endToEnd.reportsPerSecond",
            to: "peer.pythonPipeline.reportsPerSecond")
    }

    private func pythonPipeline(_ python: String, _ rows: SameRows) async throws -> Double {
        var environment = Terminal.environment
        environment["POSTGRES_URL"] = rows.url
        let (ending, lines) = try await ChildProcess.run(
            .init(
                program: python, arguments: ["Tests/Benchmarks/peers/pipeline.py", "\(rows.reports)"],
                environment: environment))
        guard ending == .exit(0), let rate = lines.last.flatMap({ Double($0) }) else {
            let last = lines.last ?? ""
            throw CommandFailure(.unavailable, zh: "Python 对照失败：\(last)", en: "the Python pipeline failed: \(last)")
        }
        return rate
    }

    private func noteLatencies(_ name: String, _ milliseconds: [Double], in report: inout BenchReport) {
        report.note("\(name).p50Milliseconds", Stopwatch.percentile(0.5, of: milliseconds))
        report.note("\(name).p99Milliseconds", Stopwatch.percentile(0.99, of: milliseconds))
    }
}

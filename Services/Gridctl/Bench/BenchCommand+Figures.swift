import FoundationEssentials
import Postgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What is measured, each under its names.
extension BenchCommand {
    func noteMemory(
        _ moment: String, _ record: SuiteRecord, pool: PostgresPool, in report: inout BenchReport
    ) async throws {
        noteMemory(moment, try await pool.withSession { try MachineUse.now(record, session: $0) }, in: &report)
    }

    private func noteMemory(_ moment: String, _ use: MachineUse, in report: inout BenchReport) {
        for (name, value) in use.memory.sorted(by: { $0.key < $1.key }) {
            report.note("memory.\(name).\(moment)MiB", value)
        }
    }

    /// No figure counts unless what was measured is sound.
    func audit(_ record: SuiteRecord, screen: Screen, in report: inout BenchReport) async throws {
        let found = try await screen.step(zh: "审计", en: "audit") {
            let session = try SuiteOptions.quietSession(record.postgresURL)
            defer { session.close() }
            return try Audit(truth: [], waitSeconds: 120, logFolders: [SuiteDirectory(path: dir).logs]).run(session)
        }
        report.note("audit.violations", Double(found.findingCount))
        if !found.isClean { screen.line(found.text(in: screen.language)) }
        try found.requireClean()
    }

    /// - Parameter name: What the figures' names begin with; those of the first run are the ones that others are measured by.
    func noteThroughput(
        _ name: String, _ record: SuiteRecord, _ load: BenchLoad, from first: Int, pool: PostgresPool, screen: Screen,
        in report: inout BenchReport
    ) async throws {
        try await load.tidy()
        let before = try await pool.withSession { try MachineUse.now(record, session: $0) }
        let throughput = try await screen.step(zh: "上报 \(reports) 条", en: "\(reports) reports") {
            try await load.throughput(reports: reports, from: first, batch: batch, connections: connections)
        }
        let after = try await pool.withSession { try MachineUse.now(record, session: $0) }
        let count = Double(throughput.reports)
        report.note("\(name).reports", count)
        report.note("\(name).seconds", throughput.wholeSeconds)
        report.note("\(name).reportsPerSecond", count / throughput.wholeSeconds)
        report.note("\(name).acceptedPerSecond", count / throughput.acceptedSeconds)
        guard name == "endToEnd" else { return }
        let work = after.work(since: before)
        noteProcessors("cpu", work, reports: count, in: &report)
        noteMemory("loaded", after, in: &report)
        report.note("wal.bytesPerReport", Double(work.walBytes) / count)
        report.note("database.bytesPerReport", Double(work.databaseBytes) / count)
    }

    /// Processor time of each process, of which a report's share is written down.
    ///
    /// - Parameter processes: Whose; nil for all.
    private func noteProcessors(
        _ name: String, of processes: [String]? = nil, _ work: MachineWork, reports: Double,
        in report: inout BenchReport
    ) {
        for (process, seconds) in work.cpuSeconds.sorted(by: { $0.key < $1.key })
        where processes?.contains(process) ?? true {
            report.note("\(name).\(process).microsecondsPerReport", seconds * 1_000_000 / reports)
        }
    }

    /// Single reports, each a request that waits for its answer.
    ///
    /// - Parameters:
    ///   - name: What the figures' names begin with.
    ///   - alone: The services behind intake stand still meanwhile, so that the figure is that of accepting alone; what
    ///     they are to do they do afterwards.
    func noteSingles(
        _ name: String, alone: Bool, _ record: SuiteRecord, _ load: BenchLoad, from first: Int, pool: PostgresPool,
        screen: Screen, in report: inout BenchReport
    ) async throws {
        try await load.tidy()
        let others = alone ? record.services.filter { $0.name != "intake" && $0.pid > 0 }.map(\.pid) : []
        for pid in others { kill(pid, SIGSTOP) }
        defer { for pid in others { kill(pid, SIGCONT) } }
        let before = try await pool.withSession { try MachineUse.now(record, session: $0) }
        let (rate, latencies) = try await screen.step(
            zh: alone ? "逐条上报，仅受理" : "逐条上报", en: alone ? "single reports, intake alone" : "single reports"
        ) {
            try await load.singles(requests: singles, from: first, connections: 32)
        }
        let after = try await pool.withSession { try MachineUse.now(record, session: $0) }
        report.note("\(name).requestsPerSecond", rate)
        noteLatencies(name, latencies, in: &report)
        noteProcessors("\(name).cpu", after.work(since: before), reports: Double(singles), in: &report)
        report.noteRatio(
            "ratio.\(name)ToCommits", of: "\(name).requestsPerSecond", to: "limit.commitsPerSecond.clients32")
        report.noteRatio(
            "ratio.\(name)ToBareHTTP", of: "\(name).requestsPerSecond", to: "limit.httpPostsPerSecond")
    }

    /// What single requests over 32 connections cost when nothing is done with them.
    func noteBareHTTP(_ load: BenchLoad, screen: Screen, in report: inout BenchReport) async throws {
        let requests = singles
        let rate = try await screen.step(zh: "什么也不做的 HTTP", en: "HTTP that does nothing") {
            let port = try Ports.free(1)[0]
            return try await BareHTTP.running(port: port) {
                try await load.singles(requests: requests, from: 0, connections: 32, port: port).rate
            }
        }
        report.note("limit.httpPostsPerSecond", rate)
    }

    func noteLimits(_ record: SuiteRecord, screen: Screen, in report: inout BenchReport) async throws {
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
            let log = try limits.logMessagesPerSecond(seconds: 3)
            report.note("limit.logAppendedPerSecond", log.appended)
            report.note("limit.logReadPerSecond", log.read)
            try limits.remove()
        }
    }

    func noteSameRows(
        _ record: SuiteRecord, _ load: BenchLoad, screen: Screen, in report: inout BenchReport
    ) async throws {
        try await load.tidy()
        try await screen.step(zh: "裸循环写相同的行", en: "the same rows by a bare loop") {
            let rows = try SameRows(url: record.postgresURL, limit: min(reports, 30_000), batch: 500)
            report.note("limit.sameRows.rowsPerReport", rows.rowsPerReport)
            try rows.clear()
            report.note("limit.sameRowsPerSecond.connections1", Double(rows.reports) / (try rows.write(connections: 1)))
            let session = try SuiteOptions.quietSession(record.postgresURL)
            defer { session.close() }
            // At least as many as the suite took. The tables are emptied in between, so that this loop has it easy: its
            // indexes stay small.
            let rounds = (reports + rows.reports - 1) / max(1, rows.reports)
            var seconds = 0.0
            var work = MachineWork()
            for _ in 0..<rounds {
                try rows.clear()
                let before = try MachineUse.now(record, session: session)
                seconds += try rows.write(connections: 2)
                work += try MachineUse.now(record, session: session).work(since: before)
            }
            let count = Double(rounds * rows.reports)
            report.note("limit.sameRowsPerSecond", count / seconds)
            report.note("limit.sameRows.walBytesPerReport", Double(work.walBytes) / count)
            noteProcessors("limit.sameRows", of: ["postgres", "gridctl"], work, reports: count, in: &report)
            if let peers {
                try rows.clear()
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
                program: python, arguments: ["Tests/Benchmarks/peers/pipeline.py", "\(reports)"],
                environment: environment))
        guard ending == .exit(0), let rate = lines.last.flatMap({ Double($0) }) else {
            let last = lines.last ?? ""
            throw CommandFailure(.unavailable, zh: "Python 对照失败：\(last)", en: "the Python pipeline failed: \(last)")
        }
        return rate
    }

    func noteLatencies(_ name: String, _ milliseconds: [Double], in report: inout BenchReport) {
        report.note("\(name).p50Milliseconds", Stopwatch.percentile(0.5, of: milliseconds))
        report.note("\(name).p99Milliseconds", Stopwatch.percentile(0.99, of: milliseconds))
    }
}

import Postgres

/// Single reports taken by what a user would write instead of intake: FastAPI, one transaction a report.
///
/// It writes into a copy of intake's table beside the suite, over connections of its own; the suite idles meanwhile.
struct FastAPIPeer {
    let python: String
    let url: String

    private static let schema = "peer_singles"

    /// Publishes single reports over 32 connections, to one process and to two, and notes both rates and the ratio to the
    /// faster one.
    func measure(_ load: BenchLoad, requests: Int, from first: Int, in report: inout BenchReport) async throws {
        try prepare()
        defer { try? remove() }
        for workers in [1, 2] {
            let rate = try await running(workers: workers) { port in
                // The first requests find nothing prepared.
                _ = try await load.singles(requests: 500, from: first, connections: 32, port: port)
                let next = first + 500 + workers * requests
                return try await load.singles(requests: requests, from: next, connections: 32, port: port).rate
            }
            report.note("peer.fastAPI.workers\(workers).requestsPerSecond", rate)
        }
        let rates = [1, 2].compactMap { report["peer.fastAPI.workers\($0).requestsPerSecond"] }
        report.note("peer.fastAPI.requestsPerSecond", rates.max())
        report.noteRatio(
            "ratio.singlesToFastAPI", of: "single.requestsPerSecond", to: "peer.fastAPI.requestsPerSecond")
        // It does what intake does, and nothing comes after it.
        report.noteRatio(
            "ratio.singlesIntakeAloneToFastAPI", of: "singleIntakeAlone.requestsPerSecond",
            to: "peer.fastAPI.requestsPerSecond")
    }

    private func running<Result>(
        workers: Int, _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let port = try Ports.free(1)[0]
        var environment = Terminal.environment
        environment["POSTGRES_URL"] = url
        let server = try await ChildProcess.start(
            .init(
                program: python, arguments: ["Tests/Benchmarks/peers/singles.py", "\(port)", "\(workers)"],
                environment: environment)
        ) { _ in }
        let result: Swift.Result<Result, any Error>
        do {
            // Asks until there is an answer.
            _ = try await SuiteClient().post("http://127.0.0.1:\(port)/ready", headers: [], body: [])
            result = .success(try await body(port))
        } catch {
            result = .failure(error)
        }
        server.send(.terminate)
        _ = await server.ending
        return try result.get()
    }

    private func prepare() throws {
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        try session.execute("DROP SCHEMA IF EXISTS \(identifier: Self.schema) CASCADE")
        try session.execute("CREATE SCHEMA \(identifier: Self.schema)")
        try session.execute("CREATE TABLE \(identifier: Self.schema).report (LIKE intake.report INCLUDING ALL)")
        try session.execute(
            "CREATE SEQUENCE \(identifier: Self.schema).report_number INCREMENT BY 1000 START WITH 1000")
    }

    private func remove() throws {
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        try session.execute("DROP SCHEMA \(identifier: Self.schema) CASCADE")
    }
}

import ArgumentParser
import City
import CityStore
import Dispatch
import EventLog
import Messages
import Postgres
import ServiceKit

/// A rough figure of what a whole suite takes in a second on this machine.
///
/// Starts a suite of its own with default durability, publishes batches as fast as they are answered, and waits until
/// analytics has a fact for each: from HTTP to the analyst, five services and PostgreSQL sharing the machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure reports a second, end to end, on a suite of its own.")

    @Option(help: "Reports to publish.")
    var reports = 50_000
    @Option(help: "Reports of one request.")
    var batch = 100
    @Option(help: "Requests at a time.")
    var connections = 8
    @Option(help: "Directory for the suite; it is begun anew.")
    var dir = ".wangge/bench"
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
            let figures = try await measure(record, screen: screen)
            screen.line(figures)
        }
    }

    private func measure(_ record: SuiteRecord, screen: Screen) async throws -> String {
        let pool = PostgresPool(
            try PostgresSettings(url: record.postgresURL), size: 1, logger: SuiteOptions.quietLogger)
        let city = try await pool.withSession { session in
            guard let city = try CityStore.load(session) else { throw CityStoreError.noProfile }
            return city
        }
        guard let source = city.profile.sources.first(where: { !$0.staffed }), let intake = record.url(of: "intake")
        else {
            throw CommandFailure(.data, zh: "配置中没有可用的来源", en: "the profile has no source to publish as")
        }
        let key = try await pool.withSession {
            try PublisherKeys.create(publisher: "bench", sources: [source.code.rawValue], session: $0)
        }
        let bodies = makeBodies(city: city, source: source)
        let client = SuiteClient()
        let headers = [
            ("authorization", "Bearer \(key.text)"), ("content-type", "application/cloudevents-batch+json"),
        ]
        let start = DispatchTime.now()
        let answers = try await screen.step(zh: "发布 \(reports) 条", en: "publishing \(reports) reports") {
            try await SuiteClient.concurrently(bodies, width: connections) { body in
                try await client.post("\(intake)/v1/events", headers: headers, body: body).status
            }
        }
        let accepted = seconds(since: start)
        guard answers.allSatisfy({ $0 == 202 }) else {
            throw CommandFailure.incomplete(zh: "有批次未被接受", en: "some batches were not accepted")
        }
        let expected = Int64(bodies.count * batch)
        try await screen.step(zh: "等待分析库", en: "waiting for analytics") {
            while true {
                let facts = try await pool.withSession {
                    try $0.query("SELECT coalesce(sum(reports), 0)::bigint FROM analytics.case_fact").decode(Int64.self)
                }
                if facts.first ?? 0 >= expected { return }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        let whole = seconds(since: start)
        await pool.shutdown()
        func rate(_ seconds: Double) -> Int { Int(Double(expected) / seconds) }
        return TextTable(
            header: ["measure", "reports", "seconds", "reports/s"],
            rows: [
                ["accepted (202, durable)", "\(expected)", rounded(accepted), "\(rate(accepted))"],
                ["end to end (fact in analytics)", "\(expected)", rounded(whole), "\(rate(whole))"],
            ], numeric: [1, 2, 3]
        ).text
    }

    private func seconds(since start: DispatchTime) -> Double {
        Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9
    }

    private func rounded(_ seconds: Double) -> String { String(Double(Int(seconds * 100)) / 100) }

    /// Batches of reports spread over the city's grids and catalogue, each with an id of its own.
    private func makeBodies(city: City, source: Source) -> [[UInt8]] {
        let leaves = city.leaves
        // A command to all nodes is rare, and costs a receipt from each.
        let conditions = city.profile.conditions.filter { $0.severity != .major }
        let now = Timestamp(microseconds: Int64(Clocks.now().microseconds)).advanced(bySeconds: -60)
        return (0..<max(1, reports / batch)).map { number in
            var writer = JSONWriter(capacity: batch * 512)
            writer.array(0..<batch) { writer, item in
                let id = number * batch + item
                writer.object {
                    $0.field("specversion", "1.0")
                    $0.field("type", "wangge.report.submitted.v1")
                    $0.field("id", "bench-\(id)")
                    $0.field("source", source.code)
                    $0.key("data")
                    $0.object {
                        $0.field("occurredAt", now)
                        $0.field("condition", conditions[id % conditions.count].code)
                        $0.field("title", "道路设施损坏，影响通行，请尽快处理")
                        $0.field("text", "市民来电反映，现场有行人绕行，希望相关部门尽快安排人员到场核实并修复。")
                        $0.field("address", "空港一路二段 \(id % 400) 号")
                        $0.field("grid", leaves[id % leaves.count].code)
                    }
                }
            }
            return writer.bytes
        }
    }
}

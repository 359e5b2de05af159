import City
import CityStore
import Dispatch
import Messages
import Postgres
import ServiceKit
import Synchronization

/// Publishes reports to a running suite and looks when they arrive.
struct BenchLoad: Sendable {
    /// Grids and filing conditions that reports are spread over.
    private let grids: [GridCode]
    private let conditions: [ConditionCode]
    private let source: SourceCode
    /// Whose staff handle what they find at once, and who finds it in which grid; nil where no source has staff.
    private let staffed: (source: SourceCode, finders: [GridCode: PostCode])?
    private let intake: String
    private let port: Int
    private let key: String
    private let pool: PostgresPool
    private let client = SuiteClient()

    init(_ record: SuiteRecord, pool: PostgresPool) async throws {
        let city = try await pool.withSession { session in
            guard let city = try CityStore.load(session) else { throw CityStoreError.noProfile }
            return city
        }
        guard let source = city.profile.sources.first(where: { !$0.staffed }),
            let service = record.services.first(where: { $0.name == "intake" })
        else {
            throw CommandFailure(.data, zh: "配置中没有可用的来源", en: "the profile has no source to publish as")
        }
        let staffed = city.profile.sources.first { $0.staffed }
        let sources = [source.code.rawValue] + (staffed.map { [$0.code.rawValue] } ?? [])
        let key = try await pool.withSession {
            try PublisherKeys.create(publisher: "bench", sources: sources, session: $0)
        }
        self.staffed = staffed.map { staffed in
            let finders = city.leaves.compactMap { grid in
                city.posts(in: grid.code).first { $0.unit == nil }.map { (grid.code, $0.code) }
            }
            return (staffed.code, Dictionary(finders) { first, _ in first })
        }
        grids = city.leaves.map(\.code)
        // A command to all nodes is rare, and costs a receipt from each.
        conditions = city.profile.conditions.filter { $0.severity != .major }.map(\.code)
        self.source = source.code
        intake = service.url
        port = service.port
        self.key = key.text
        self.pool = pool
    }

    /// What becomes of reports.
    enum Kind: Sendable {
        /// Each is a case that waits for its worker.
        case open
        /// Each was handled on the spot, and its case is closed with its filing.
        case closed
    }

    /// Lets a suite get so many reports before anything is measured, as fast as it takes them.
    ///
    /// - Throws: ``CommandFailure`` when closed cases are wanted and the city has no source with staff.
    func prepare(_ kind: Kind, reports: Int, from first: Int, connections: Int) async throws {
        if kind == .closed, staffed == nil {
            throw CommandFailure(.data, zh: "配置中没有有现场人员的来源", en: "the profile has no source with staff")
        }
        // Piece by piece: bodies are made before they are sent.
        let piece = 50_000
        for start in stride(from: 0, to: reports, by: piece) {
            _ = try await send(
                kind, reports: min(piece, reports - start), from: first + start, batch: 500, connections: connections)
            try await settled()
        }
    }

    /// How fast batches were taken, and how fast all of it had arrived.
    struct Throughput {
        var reports: Int
        var acceptedSeconds: Double
        var wholeSeconds: Double
    }

    /// Publishes batches as fast as they are answered and waits until analytics has counted every report.
    ///
    /// - Parameter first: Number of the first report; numbers are used once.
    func throughput(reports: Int, from first: Int, batch: Int, connections: Int) async throws -> Throughput {
        let before = try await counted()
        let sent = try await send(.open, reports: reports, from: first, batch: batch, connections: connections)
        var whole: Double
        repeat {
            try await settled()
            // To count all facts takes seconds beside a long history: it is no part of what is measured.
            whole = Stopwatch.seconds(since: sent.start)
        } while try await counted() - before < Int64(sent.reports)
        return Throughput(reports: sent.reports, acceptedSeconds: sent.seconds, wholeSeconds: whole)
    }

    /// Publishes batches as fast as they are answered.
    ///
    /// - Returns: How many reports were sent, when the first was, and after how many seconds all were accepted.
    private func send(
        _ kind: Kind, reports: Int, from first: Int, batch: Int, connections: Int
    ) async throws -> (reports: Int, start: DispatchTime, seconds: Double) {
        let bodies = (0..<max(1, reports / batch)).map { body(kind, from: first + $0 * batch, count: batch) }
        let headers = headers("application/cloudevents-batch+json")
        let start = DispatchTime.now()
        let answers = try await SuiteClient.concurrently(bodies, width: connections) { body in
            try await client.post("\(intake)/v1/events", headers: headers, body: body).status
        }
        let seconds = Stopwatch.seconds(since: start)
        guard answers.allSatisfy({ $0 == 202 }) else {
            throw CommandFailure.incomplete(zh: "有批次未被接受", en: "some batches were not accepted")
        }
        return (bodies.count * batch, start, seconds)
    }

    /// Waits until all services have read all messages.
    func settled() async throws {
        while try await pool.withSession({ try SuiteWatch.laneBehind(session: $0) }) != nil {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Puts the tables in order, as autovacuum does in its time: what a million cases made in minutes leave to be done is
    /// no part of what is measured next. Empty ones are left alone, as autovacuum leaves them.
    func tidy() async throws {
        try await pool.withSession { session in
            let tables = try session.query(
                "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables WHERE n_live_tup > 0"
            ).decode(String.self)
            guard !tables.isEmpty else { return }
            try session.withStatementTimeout(0) {
                try session.executeScript("VACUUM (ANALYZE) \(tables.joined(separator: ", "))")
            }
        }
    }

    /// Publishes single reports over connections that each wait for their answer.
    ///
    /// - Returns: Requests a second, and how long each took, in milliseconds.
    /// - Parameter port: Of a peer that takes the same requests; nil: intake's.
    func singles(
        requests: Int, from first: Int, connections: Int, port: Int? = nil
    ) async throws -> (rate: Double, latencies: [Double]) {
        let whole = (0..<requests).map { number -> [UInt8] in
            let body = event(first + number)
            var head = "POST /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: \(body.count)\r\n"
            for (name, value) in headers("application/cloudevents+json") { head += "\(name): \(value)\r\n" }
            return Array((head + "\r\n").utf8) + body
        }
        let start = DispatchTime.now()
        let latencies = try await BarePublisher.sendAll(whole, port: port ?? self.port, connections: connections)
        return (Double(requests) / Stopwatch.seconds(since: start), latencies)
    }

    /// Publishes single reports at a fixed rate, come what may, and watches when each has its case.
    ///
    /// One observer asks the database for all that are on their way, every two milliseconds: so many publishers who ask
    /// for their own would be the greater part of the load.
    ///
    /// - Returns: From answer to case, in milliseconds.
    func visibility(ratePerSecond: Int, seconds: Int, from first: Int) async throws -> [Double] {
        let underway = Underway()
        let count = ratePerSecond * seconds
        return try await withThrowingTaskGroup(of: [Double].self) { group in
            group.addTask {
                let start = ContinuousClock.now
                try await withThrowingTaskGroup(of: Void.self) { publishers in
                    for number in 0..<count {
                        try await Task.sleep(until: start + .microseconds(1_000_000 / ratePerSecond * number))
                        publishers.addTask {
                            let report = try await publish(first + number)
                            underway.accepted.withLock { $0[report] = .now() }
                        }
                    }
                    try await publishers.waitForAll()
                }
                return []
            }
            group.addTask {
                var latencies: [Double] = []
                while latencies.count < count {
                    try await Task.sleep(for: .milliseconds(2))
                    let ids = underway.accepted.withLock { Array($0.keys) }
                    guard !ids.isEmpty else { continue }
                    let seen = try await pool.withSession { session in
                        try session.query("SELECT report_id FROM intake.report_case WHERE report_id = ANY (\(ids))")
                            .decode(Int64.self)
                    }
                    for id in seen {
                        guard let accepted = underway.accepted.withLock({ $0.removeValue(forKey: id) }) else {
                            continue
                        }
                        latencies.append(Stopwatch.seconds(since: accepted) * 1_000)
                    }
                }
                return latencies
            }
            var all: [Double] = []
            for try await some in group { all += some }
            return all
        }
    }

    /// - Returns: The report's number.
    private func publish(_ number: Int) async throws -> Int64 {
        let answer = try await client.post(
            "\(intake)/v1/events", headers: headers("application/cloudevents+json"), body: event(number))
        // A tracking number is prefix, report and check digit.
        guard answer.status == 202, let tracking = answer.json?["trackingNumber"]?.string,
            let id = tracking.split(separator: "-").dropFirst().first.flatMap({ Int64($0) })
        else { throw CommandFailure.incomplete(zh: "有上报未被接受", en: "a report was not accepted") }
        return id
    }

    /// The first number that no run before has used.
    func firstUnused() async throws -> Int {
        let highest = try await pool.withSession { session in
            try session.query(
                """
                SELECT coalesce(max(substr(source_id, 7)::bigint), -1)
                FROM intake.report WHERE source_id LIKE 'bench-%'
                """
            ).decode(Int64.self).first
        }
        return Int(highest ?? -1) + 1
    }

    private func counted() async throws -> Int64 {
        try await pool.withSession {
            try $0.query("SELECT coalesce(sum(reports), 0)::bigint FROM analytics.case_fact").decode(Int64.self)
        }.first ?? 0
    }

    private func headers(_ type: String) -> [(String, String)] {
        [("authorization", "Bearer \(key)"), ("content-type", type)]
    }

    // MARK: Reports spread over the city's grids and catalogue, each with an id of its own

    private func body(_ kind: Kind, from first: Int, count: Int) -> [UInt8] {
        var writer = JSONWriter(capacity: count * 512)
        writer.array(first..<first + count) { writer, number in write(number, kind, to: &writer) }
        return writer.bytes
    }

    private func event(_ number: Int) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        write(number, .open, to: &writer)
        return writer.bytes
    }

    private func write(_ number: Int, _ kind: Kind, to writer: inout JSONWriter) {
        let occurred = Clocks.now().advanced(bySeconds: -60)
        let grid = grids[number % grids.count]
        let handled = kind == .closed ? staffed : nil
        writer.object {
            $0.field("specversion", "1.0")
            $0.field("type", "wangge.report.submitted.v1")
            $0.field("id", "bench-\(number)")
            $0.field("source", handled?.source ?? source)
            $0.key("data")
            $0.object {
                $0.field("occurredAt", occurred)
                $0.field("condition", conditions[number % conditions.count])
                $0.field("title", "道路设施损坏，影响通行，请尽快处理")
                $0.field("text", "市民来电反映，现场有行人绕行，希望相关部门尽快安排人员到场核实并修复。")
                $0.field("address", "空港一路二段 \(number % 400) 号")
                $0.field("grid", grid)
                guard let handled else { return }
                $0.field("finder", handled.finders[grid])
                $0.key("onTheSpot")
                $0.object {
                    $0.field("handledAt", occurred.advanced(bySeconds: 30))
                    $0.key("evidence")
                    $0.array(["photo-before", "photo-after"]) { $0.value($1) }
                }
            }
        }
    }
}

/// Reports that were accepted and have no case yet, and when their publishers were answered.
private final class Underway: Sendable {
    let accepted = Mutex<[Int64: DispatchTime]>([:])
}

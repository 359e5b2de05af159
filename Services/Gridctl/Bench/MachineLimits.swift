import Dispatch
import FoundationEssentials
import Postgres

/// What the database under the suite can do by itself, measured in the same run.
struct MachineLimits: Sendable {
    let url: String
    /// For files in between.
    let folder: String

    private static let schema = "machine_limits"
    private static let payload = String(repeating: "网格x", count: 85)

    /// One-row transactions a second over so many connections; nil where `pgbench` is missing.
    ///
    /// `pgbench` is PostgreSQL's own load generator: it waits for each commit to reach the disk.
    func commitsPerSecond(clients: Int, seconds: Int) async throws -> Double? {
        let programs = try? PostgresPrograms()
        guard let pgbench = programs.map({ "\($0.folder)/pgbench" }),
            FileManager.default.isExecutableFile(atPath: pgbench)
        else { return nil }
        try prepare("one_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL)")
        let script = "\(folder)/one-row.sql"
        try Data("INSERT INTO \(Self.schema).one_row (payload) VALUES ('\(Self.payload)');\n".utf8)
            .write(to: URL(filePath: script), options: .atomic)
        defer { try? FileManager.default.removeItem(atPath: script) }
        let threads = min(clients, 2)
        let settings = try PostgresSettings(url: url)
        // Arguments can be seen by everybody on the machine; a password cannot be among them.
        var environment = Terminal.environment
        environment["PGPASSWORD"] = URLComponents(string: url)?.password
        let (ending, lines) = try await ChildProcess.run(
            .init(
                program: pgbench,
                arguments: [
                    "-n", "-M", "prepared", "-f", script, "-c", "\(clients)", "-j", "\(threads)", "-T", "\(seconds)",
                    "-h", settings.host, "-p", settings.port, "-U", settings.user ?? "postgres",
                    settings.database ?? "postgres",
                ], environment: environment))
        guard ending == .exit(0), let line = lines.first(where: { $0.hasPrefix("tps = ") }) else {
            throw CommandFailure(.unavailable, zh: "pgbench 失败：\(ending)", en: "pgbench failed: \(ending)")
        }
        return Double(line.dropFirst(6).prefix { $0 != " " })
    }

    /// Rows of 600 bytes a second, a key and two indexes, over one connection.
    ///
    /// - Parameter copy: By binary COPY, otherwise by `unnest`.
    func wideRowsPerSecond(batch: Int, seconds: Double, copy: Bool) throws -> Double {
        try prepare(
            """
            wide (id bigint PRIMARY KEY, source text NOT NULL, source_id text NOT NULL, grid text NOT NULL,
                  received_at timestamptz NOT NULL, document bytea NOT NULL, UNIQUE (source_id, source))
            """, "CREATE INDEX ON \(Self.schema).wide (received_at)")
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        let document = Array(String(repeating: "\"网格\":1,", count: 60).utf8.prefix(600))
        let now = PostgresTimestamp(microseconds: 1_763_000_000_000_000)
        var id: Int64 = 0
        let start = DispatchTime.now()
        while Stopwatch.seconds(since: start) < seconds {
            let ids = (id..<id + Int64(batch)).map { $0 }
            id += Int64(batch)
            if copy {
                _ = try session.copyIn("COPY \(identifier: Self.schema).wide FROM STDIN (FORMAT binary)", columns: 6) {
                    writer in
                    for id in ids {
                        try writer.write(id, "hotline", "id-\(id)", "G\(id % 151)", now, document)
                    }
                }
            } else {
                try session.pipeline { pipeline in
                    try pipeline.add(
                        """
                        INSERT INTO \(identifier: Self.schema).wide
                        SELECT \(rows: ids, ids.map { _ in "hotline" }, ids.map { "id-\($0)" },
                            ids.map { "G\($0 % 151)" }, ids.map { _ in now }, ids.map { _ in document })
                        ON CONFLICT DO NOTHING
                        """)
                }
            }
        }
        return Double(id) / Stopwatch.seconds(since: start)
    }

    /// Messages of 600 bytes a second through a table such as the log's: appended a hundred to a row and a commit, the
    /// partition's head moved with each; then read back in order, five rows at a time.
    func logMessagesPerSecond(seconds: Double) throws -> (appended: Double, read: Double) {
        try prepare(
            "record_batch (LIKE eventlog.record_batch INCLUDING ALL)",
            "CREATE TABLE \(Self.schema).partition (LIKE eventlog.partition INCLUDING ALL)",
            "INSERT INTO \(Self.schema).partition (topic, partition) VALUES (1, 0)")
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        let count: Int32 = 100
        // Not the same byte again and again: rows are compressed.
        var random = SystemRandomNumberGenerator()
        let records = (0..<Int(count) * 600).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) }
        var batches: Int64 = 0
        var start = DispatchTime.now()
        while Stopwatch.seconds(since: start) < seconds {
            let (base, head) = (batches * Int64(count), (batches + 1) * Int64(count))
            try session.pipeline { pipeline in
                try pipeline.add("UPDATE \(identifier: Self.schema).partition SET next_offset = \(head)")
                try pipeline.add(
                    """
                    INSERT INTO \(identifier: Self.schema).record_batch
                        (topic, partition, base_offset, count, lane, first_number, records)
                    VALUES (1, 0, \(base), \(count), 1, \(base + 1), \(records))
                    """)
            }
            batches += 1
        }
        let appended = Double(batches) * Double(count) / Stopwatch.seconds(since: start)
        start = .now()
        var next: Int64 = 0
        while next < batches * Int64(count) {
            let rows = try session.query(
                """
                SELECT base_offset, count, records FROM \(identifier: Self.schema).record_batch
                WHERE topic = 1 AND partition = 0 AND base_offset >= \(next) ORDER BY base_offset LIMIT 5
                """)
            for (base, count, _) in try rows.decode((Int64, Int32, [UInt8]).self) { next = base + Int64(count) }
        }
        return (appended, Double(next) / Stopwatch.seconds(since: start))
    }

    func remove() throws {
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        try session.execute("DROP SCHEMA IF EXISTS \(identifier: Self.schema) CASCADE")
    }

    private func prepare(_ table: String, _ more: String...) throws {
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        try session.execute("DROP SCHEMA IF EXISTS \(identifier: Self.schema) CASCADE")
        try session.execute("CREATE SCHEMA \(identifier: Self.schema)")
        try session.execute("CREATE TABLE \(identifier: Self.schema).\(unescaped: table)")
        for statement in more { try session.execute(SQL(unescaped: statement)) }
    }
}

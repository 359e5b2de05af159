import Dispatch
import Postgres
import Synchronization

/// The rows that reports left in a suite's tables, to be written again by a bare loop: what this machine can do at most.
///
/// The tables are copied with their columns, defaults, constraints and indexes into a schema of their own. Rows are read
/// as whole columns in the server's own bytes and bound again as they came, so that the loop does nothing but write.
struct SameRows: Sendable {
    /// A table of the suite, and which of its rows belong to the lives of certain reports.
    private struct Table: Sendable {
        enum Link: String {
            case report = "IN (SELECT id FROM reports)"
            case ofCase = "IN (SELECT case_id FROM intake.report_case WHERE report_id IN (SELECT id FROM reports))"
            case time = ">= (SELECT min(received_at) FROM reports)"
        }

        var schema: String
        var name: String
        /// What names the report, its case, or when the row was written.
        var key: String
        var link: Link
        /// Order in which the suite wrote the rows.
        var order: String

        var copy: String { "\(schema)_\(name)" }
    }

    /// One batch: a statement a table.
    private typealias Batch = [SQL]

    private static let tables = [
        Table(schema: "intake", name: "report", key: "id", link: .report, order: "id"),
        Table(schema: "intake", name: "contact", key: "report_id", link: .report, order: "report_id"),
        Table(schema: "intake", name: "report_case", key: "report_id", link: .report, order: "report_id"),
        Table(schema: "intake", name: "case_status", key: "case_id", link: .ofCase, order: "case_id"),
        Table(schema: "routing", name: "case", key: "id", link: .ofCase, order: "id"),
        Table(schema: "routing", name: "history", key: "case_id", link: .ofCase, order: "case_id, version"),
        Table(schema: "sla", name: "watched_case", key: "case_id", link: .ofCase, order: "case_id"),
        Table(schema: "sla", name: "clock", key: "case_id", link: .ofCase, order: "case_id, kind"),
        Table(schema: "analytics", name: "report_fact", key: "report_id", link: .report, order: "report_id"),
        Table(schema: "analytics", name: "case_fact", key: "case_id", link: .ofCase, order: "case_id"),
        Table(schema: "analytics", name: "feed", key: "case_id", link: .ofCase, order: "id"),
        Table(
            schema: "eventlog", name: "record_batch", key: "appended_at", link: .time,
            order: "appended_at, topic, partition, base_offset"),
    ]
    private static let schema = "same_rows"

    let url: String
    private let batches: [Batch]
    let reports: Int
    /// Rows of one report's life, on the average.
    let rowsPerReport: Double

    /// Reads the rows of a suite at rest.
    ///
    /// - Parameters:
    ///   - limit: Reports at most; the newest are taken.
    ///   - batch: Reports of one transaction.
    init(url: String, limit: Int, batch: Int) throws {
        self.url = url
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        try session.execute("DROP SCHEMA IF EXISTS \(identifier: Self.schema) CASCADE")
        try session.execute("CREATE SCHEMA \(identifier: Self.schema)")
        try session.execute(
            """
            CREATE TEMPORARY TABLE reports AS
            SELECT id, received_at FROM intake.report ORDER BY id DESC LIMIT \(Int64(limit))
            """)
        try session.execute("CREATE UNIQUE INDEX ON reports (id)")
        try session.execute("ANALYZE reports")
        let stored = try session.query("SELECT count(*) FROM reports").decode(Int64.self).first ?? 0
        let count = max(1, Int(stored) / batch)
        var batches = [Batch](repeating: [], count: count)
        var rows = 0
        for table in Self.tables {
            rows += try Self.read(table, into: &batches, session: session)
        }
        self.batches = batches
        reports = Int(stored)
        rowsPerReport = Double(rows) / Double(reports)
    }

    /// - Returns: How many rows were read.
    private static func read(
        _ table: Table, into batches: inout [Batch], session: PostgresSession
    ) throws -> Int {
        let original: SQL = "\(identifier: table.schema).\(identifier: table.name)"
        let copy: SQL = "\(identifier: schema).\(identifier: table.copy)"
        try session.execute("CREATE TABLE \(copy) (LIKE \(original) INCLUDING ALL)")
        let columns = try session.query(
            """
            SELECT attname::text FROM pg_attribute
            WHERE attrelid = \("\(schema).\(SQL.quoted(identifier: table.copy))")::text::regclass
              AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
            """
        ).decode(String.self).map { SQL("\(identifier: $0)") }
        let names = columns.joined(separator: ", ")
        let arrays = columns.map { SQL("array_agg(\($0) ORDER BY place)") }.joined(separator: ", ")
        let chunks = try session.query(
            """
            SELECT count(*), \(arrays)
            FROM (SELECT *, row_number() OVER (ORDER BY \(unescaped: table.order)) AS place,
                         ntile(\(Int32(batches.count))) OVER (ORDER BY \(unescaped: table.order)) AS chunk
                  FROM \(original) WHERE \(identifier: table.key) \(unescaped: table.link.rawValue)) AS rows
            GROUP BY chunk ORDER BY chunk
            """)
        var rows = 0
        for (index, chunk) in chunks.enumerated() {
            rows += Int(try chunk[0].decode(Int64.self))
            let values = (1..<chunk.count).map { SQL("unnest(\(PostgresKeptCell(chunk[$0])))") }.joined(separator: ", ")
            batches[index].append("INSERT INTO \(copy) (\(names)) OVERRIDING SYSTEM VALUE SELECT \(values)")
        }
        return rows
    }

    /// Writes all batches into the empty copies, each in one transaction and one round trip, over so many connections
    /// at a time. To be cleared before.
    ///
    /// - Returns: How many seconds it took.
    func write(connections: Int) throws -> Double {
        let next = Atomic(0)
        let failure = Mutex<(any Error)?>(nil)
        let start = DispatchTime.now()
        DispatchQueue.concurrentPerform(iterations: connections) { _ in
            do {
                let session = try SuiteOptions.quietSession(url)
                defer { session.close() }
                while true {
                    let index = next.add(1, ordering: .relaxed).oldValue
                    guard index < batches.count else { return }
                    try session.pipeline { pipeline in
                        for statement in batches[index] { try pipeline.add(statement) }
                    }
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return Stopwatch.seconds(since: start)
    }

    /// Empties the copies.
    func clear() throws {
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        let copies: [SQL] = Self.tables.map { "\(identifier: Self.schema).\(identifier: $0.copy)" }
        try session.execute("TRUNCATE \(copies.joined(separator: ", "))")
    }

    /// Removes the copies.
    func remove() throws {
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        try session.execute("DROP SCHEMA \(identifier: Self.schema) CASCADE")
    }
}

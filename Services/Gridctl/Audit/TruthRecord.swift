import City
import FoundationEssentials
import Messages
import Postgres

/// What clients recorded as acknowledged: the ground on which the audit stands.
struct TruthRecord: Sendable {
    struct Event: Sendable {
        var source: String
        var id: String
        var expected: String
        var code: Int
        var tracking: String?
    }

    var path: String
    var events: [Event] = []
    /// Personal numbers that were given away on purpose and must not turn up anywhere.
    var canaries: [String] = []

    /// Reads a file of JSON lines.
    ///
    /// - Throws: ``CommandFailure`` naming the line that cannot be read.
    init(path: String) throws {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure.data(zh: "无法读取 \(path)", en: "cannot read \(path)")
        }
        for (number, line) in data.split(separator: 0x0A).enumerated() {
            do {
                let limits = JSONLimits(bytes: 16 << 20)
                try read(try JSONDocument(Array(line), limits: limits).root)
            } catch {
                throw CommandFailure.data(
                    zh: "\(path) 第 \(number + 1) 行无法理解", en: "line \(number + 1) of \(path) cannot be understood")
            }
        }
    }

    private mutating func read(_ line: JSONValue) throws {
        switch try line.text("kind") {
        case "run":
            canaries += try line.list("canaries") {
                guard let text = $0.string else { throw MessageFault(reason: "a canary is no text") }
                return text
            }
        case "event":
            events.append(
                Event(
                    source: try line.text("source"), id: try line.text("id"), expected: try line.text("expected"),
                    code: Int(try line.integer("code")), tracking: try line.optionalText("tracking")))
        default: break
        }
    }

    /// Puts all records into a table of this session, for checks to join.
    static func store(_ records: [TruthRecord], session: PostgresSession) throws {
        try session.executeScript(
            """
            DROP TABLE IF EXISTS pg_temp.audit_truth;
            CREATE TEMPORARY TABLE audit_truth (
                source text NOT NULL, id text NOT NULL, expected text NOT NULL, code integer NOT NULL, tracking text);
            """)
        let events = records.flatMap(\.events)
        guard !events.isEmpty else { return }
        _ = try session.copyIn(
            "COPY audit_truth (source, id, expected, code, tracking) FROM STDIN BINARY", columns: 5
        ) { writer in
            for event in events {
                try writer.write(event.source, event.id, event.expected, Int32(event.code), event.tracking)
            }
        }
        try session.executeScript("CREATE INDEX ON audit_truth (id, source); ANALYZE audit_truth;")
    }
}

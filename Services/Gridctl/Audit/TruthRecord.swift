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
        /// Reason that bad input should be refused for.
        var slug: String?
        var code: Int
        var tracking: String?
        var isRepeated: Bool
        /// Reasons it was refused for.
        var reasons: [String]
    }

    /// An action that was answered with the version and state it led to.
    struct Action: Sendable {
        var caseNumber: String
        var version: Int
        var state: String
    }

    /// A decision on a claim that was answered with the claim's state.
    struct Review: Sendable {
        var transfer: Int64
        var state: String
    }

    var path: String
    var events: [Event] = []
    var actions: [Action] = []
    var reviews: [Review] = []
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
            canaries += try Self.texts(line, "canaries")
        case "event":
            events.append(
                Event(
                    source: try line.text("source"), id: try line.text("id"), expected: try line.text("expected"),
                    slug: try line.optionalText("slug"), code: Int(try line.integer("code")),
                    tracking: try line.optionalText("tracking"), isRepeated: line["repeated"]?.bool ?? false,
                    reasons: try Self.texts(line, "reasons")))
        case "action":
            guard let version = line["version"]?.int, let state = line["state"]?.string else { return }
            actions.append(Action(caseNumber: try line.text("case"), version: version, state: state))
        case "review":
            guard line["refused"] == nil, let state = line["state"]?.string else { return }
            reviews.append(Review(transfer: try line.integer("transfer"), state: state))
        default: break
        }
    }

    private static func texts(_ line: JSONValue, _ name: StaticString) throws -> [String] {
        try line.list(name) {
            guard let text = $0.string else { throw MessageFault(reason: "\(name) holds something else than text") }
            return text
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

import ArgumentParser
import EventLog
import Messages
import Postgres
import ServiceKit

/// `gridctl log status`
struct LogStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show lanes with their positions and lag, dead letters and the outbox.",
        discussion: "Exit code 1 when a lane is behind and nobody owns it, or messages are set aside.")

    @OptionGroup var suite: SuiteOptions
    @OptionGroup var brokers: KafkaOptions
    @Flag(help: "Show only lanes that are behind, not owned, or have set messages aside.")
    var problems = false

    func run() async throws {
        let session = try suite.session()
        defer { session.close() }
        let (kind, reader) = try brokers.reader(session)
        let lanes = try LaneOverview.all(session) {
            try reader.offsets(of: Topic(name: $0), partition: $1).upperBound
        }
        let shown = problems ? lanes.filter(\.needsAttention) : lanes
        let header =
            suite.language == .zh
            ? ["服务", "输入", "分区", "位置", "末端", "滞后", "持有者", "死信"]
            : ["service", "input", "partition", "position", "end", "lag", "owner", "dead"]
        let rows = shown.map { lane in
            [
                lane.service, lane.input, String(lane.partition), String(lane.position),
                lane.end.map { String($0) } ?? "",
                lane.lag.map { String($0) } ?? "", lane.owner.map { String($0) } ?? "-", String(lane.deadLetters),
            ]
        }
        Terminal.say(TextTable(header: header, rows: rows, numeric: [2, 3, 4, 5, 6, 7]).text)
        let outbox = try session.query("SELECT coalesce(sum(count), 0)::bigint FROM eventlog.outbox").decode(Int64.self)
        suite.say(
            zh: "日志 \(kind.rawValue)，待发 \(outbox.first ?? 0) 条", en: "log \(kind.rawValue), outbox \(outbox.first ?? 0)"
        )
        if lanes.contains(where: \.needsAttention) { throw ArgumentParser.ExitCode(1) }
    }
}

/// A lane as an operator sees it.
struct LaneOverview: Sendable {
    var service: String
    var input: String
    var partition: Int
    var position: Int64
    /// Where the next message will be; nil for lanes of requests.
    var end: Int64?
    /// Number of the process that works on it; nil when none does.
    var owner: Int64?
    var deadLetters: Int64

    var lag: Int64? { end.map { max(0, $0 - position) } }
    var needsAttention: Bool { deadLetters > 0 || owner == nil && (lag ?? 0) > 0 }

    /// - Parameter end: Where a partition of a topic ends.
    static func all(
        _ session: PostgresSession, end: (_ topic: String, _ partition: Int) throws -> Int64
    ) throws -> [LaneOverview] {
        let rows = try session.query(
            """
            SELECT l.service, l.input, l.partition, l.next_offset, m.id,
                   (SELECT count(*) FROM eventlog.dead_letter d WHERE d.lane = l.id AND d.replayed_at IS NULL)
            FROM eventlog.lane l
            LEFT JOIN eventlog.member m
              ON m.id = l.owner AND m.heartbeat_at > clock_timestamp() - interval '10 s'
            ORDER BY l.service, l.input, l.partition
            """)
        return try rows.decode((String, String, Int16, Int64, Int64?, Int64).self).map { row in
            LaneOverview(
                service: row.0, input: row.1, partition: Int(row.2), position: row.3,
                end: row.1 == "http" ? nil : try end(row.1, Int(row.2)), owner: row.4, deadLetters: row.5)
        }
    }
}

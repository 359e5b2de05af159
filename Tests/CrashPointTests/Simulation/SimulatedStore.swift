import City
import Messages

@testable import EventLog

/// What a suite's database holds. It is a value: a transaction works on a copy, and committing is an assignment.
struct SimulatedStore {
    /// A row of `eventlog.lane` with its tapes.
    struct LaneRow {
        var epoch: Int64 = 0
        var nextOffset: Int64 = 0
        var seen: [Int: Int64] = [:]
        var sent: [TapeKey: Int64] = [:]
        /// Names of the messages that took effect, in order.
        var handled: [String] = []
    }

    struct OutboxRow {
        var id: Int
        var lane: Int
        var frame: LogFrame
    }

    struct DeadLetter {
        var lane: Int
        var message: Message
        var isReplayed = false
    }

    var lanes: [Int: LaneRow] = [:]
    var outbox: [OutboxRow] = []
    var lastOutboxID = 0
    /// Used only where a cursor is tried.
    var outboxCursor = 0
    var deadLetters: [DeadLetter] = []
    /// The log, when it is in the database.
    var log = SimulatedLog()

    var intake = IntakeTables()
    var routing = RoutingTables()
    var clocks = ClockTables()
    var rewards = RewardsTables()
}

/// Partitions with their messages, which travelled as frames.
struct SimulatedLog {
    private var partitions: [TapeKey: [Message]] = [:]

    func messages(_ key: TapeKey) -> [Message] { partitions[key] ?? [] }
    var all: [TapeKey: [Message]] { partitions }

    /// - Parameter most: How many of the frame's messages arrive.
    mutating func append(_ frame: LogFrame, producer: Int, most: Int = .max) throws {
        let key = TapeKey(topic: frame.topic, partition: frame.partition)
        let messages = try RecordBatch(decoding: frame.records).messages(
            topic: frame.topic, partition: frame.partition, baseOffset: Int64(partitions[key]?.count ?? 0),
            producer: producer, firstNumber: frame.firstNumber)
        partitions[key, default: []] += messages.prefix(most)
    }
}

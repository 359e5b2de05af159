import ArgumentParser
import City
import EventLog
import Messages
import Postgres

/// `gridctl log show`
struct LogShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print messages of a topic as CloudEvents, a JSON line each, oldest first.",
        discussion: "Besides the event each line has its partition and offset, and the lane and number of its producer."
    )

    @OptionGroup var suite: SuiteOptions
    @OptionGroup var brokers: KafkaOptions
    @Argument(help: "The topic, such as cases.")
    var topic: String
    @Option(help: "Only this partition.")
    var partition: Int?
    @Option(help: "First offset; a negative number counts from the end.")
    var from: Int64 = -20
    @Option(help: "Most messages of each partition.")
    var limit = 20

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is at least 1") }
    }

    func run() async throws {
        let session = try suite.session()
        defer { session.close() }
        let (_, reader) = try brokers.reader(session)
        let topic = Topic(name: self.topic)
        guard let count = try Suite.topicPartitions(session: session)[topic] else {
            throw CommandFailure(.data, zh: "没有主题 \(topic)", en: "there is no topic \(topic)")
        }
        for partition in 0..<count where self.partition ?? partition == partition {
            let kept = try reader.offsets(of: topic, partition: partition)
            let wanted = from < 0 ? kept.upperBound + from : from
            let first = min(max(wanted, kept.lowerBound), kept.upperBound)
            let most = min(Int64(limit), kept.upperBound - first)
            try show(topic, partition, first..<first + most, reader)
        }
    }

    /// Prints messages page by page, however many they are.
    private func show(_ topic: Topic, _ partition: Int, _ offsets: Range<Int64>, _ reader: LogReader) throws {
        var next = offsets.lowerBound
        while next < offsets.upperBound {
            let most = Int(min(1_000, offsets.upperBound - next))
            let page = try reader.messages(of: topic, partition: partition, from: next, limit: most)
            for message in page { Terminal.say(Self.line(message)) }
            guard let last = page.last else { return }
            next = last.offset + 1
        }
    }

    static func line(_ message: Message) -> String {
        var writer = JSONWriter(capacity: 1_024)
        writer.object {
            $0.field("partition", message.partition)
            $0.field("offset", message.offset)
            $0.field("lane", message.producer)
            $0.field("number", message.number)
            $0.field("key", message.key)
            $0.field("specversion", "1.0")
            $0.field("id", message.id)
            $0.field("source", message.source)
            $0.field("type", message.type)
            $0.field("subject", message.subject)
            $0.field("time", message.time)
            $0.field("traceparent", message.traceparent)
            for (name, value) in message.attributes.sorted(by: { $0.key < $1.key }) {
                $0.key(dynamic: name)
                $0.value(value)
            }
            // A payload that is no JSON would break the line.
            if (try? JSONDocument(message.payload, limits: JSONLimits(bytes: 4 << 20, keys: 1_000))) != nil {
                $0.key("data")
                $0.raw(json: message.payload)
            } else {
                $0.field("databytes", message.payload.count)
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

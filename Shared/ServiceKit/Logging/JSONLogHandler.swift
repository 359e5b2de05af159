import City
public import Logging

/// Writes each log statement as one line of JSON: `ts`, `level`, `logger`, `msg`, then the metadata at top level.
///
/// Messages are constants; everything that varies is metadata. ``LogContext`` adds `request.id`, `trace.id` and
/// `event.id`. Control characters are escaped, so a line is always one line; values over 8 KiB are cut.
public struct JSONLogHandler: LogHandler {
    public let label: String
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let sink: LogSink

    public init(label: String, level: Logger.Level = .info, sink: LogSink = .standardOutput) {
        self.label = label
        self.logLevel = level
        self.sink = sink
    }

    public subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var moment: [UInt8] = []
        UTCText.append(Clocks.now(), to: &moment)
        var line = JSONText(capacity: 512)
        line.object { line in
            line.field("ts", String(decoding: moment, as: UTF8.self))
            line.field("level", event.level.rawValue)
            line.field("logger", label)
            line.field("msg", event.message.description, cap: LogFields.valueCap)
            for (key, value) in LogFields.merged(handler: metadata, provider: metadataProvider, event: event) {
                line.key(key)
                Self.write(value, to: &line)
            }
        }
        sink.write(line.bytes + [0x0A])
    }

    private static func write(_ value: Logger.MetadataValue, to line: inout JSONText) {
        switch value {
        case .string(let text): line.string(text, cap: LogFields.valueCap)
        case .stringConvertible(let number as any FixedWidthInteger): line.literal(number.description)
        case .stringConvertible(let number as Double) where number.isFinite: line.literal(number.description)
        case .stringConvertible(let flag as Bool): line.literal(flag ? "true" : "false")
        case .stringConvertible(let other): line.string(other.description, cap: LogFields.valueCap)
        case .array(let values): line.array { line in for value in values { write(value, to: &line) } }
        case .dictionary(let fields):
            line.object { line in
                for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
                    line.key(key)
                    write(value, to: &line)
                }
            }
        }
    }
}

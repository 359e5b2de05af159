import City
public import Logging

/// Writes log lines for a person at a terminal: time, level, logger, message, `key=value`; coloured on a terminal.
public struct TextLogHandler: LogHandler {
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
        // The day is known to whoever is looking: `2026-03-01T08:30:00.000123Z` → `08:30:00.000`.
        var line = String(decoding: moment[11..<23], as: UTF8.self)
        let level = event.level.rawValue.uppercased()
        line += " " + coloured(level, event.level) + String(repeating: " ", count: max(1, 9 - level.count))
        line += "\(label)  \(Self.oneLine(event.message.description))"
        for (key, value) in LogFields.merged(handler: metadata, provider: metadataProvider, event: event) {
            line += "  \(key)=\(Self.oneLine(value.description))"
        }
        sink.write(Array(line.utf8) + [0x0A])
    }

    private func coloured(_ text: String, _ level: Logger.Level) -> String {
        guard sink.isTerminal else { return text }
        return "\u{1B}[\(Self.colour(of: level))m\(text)\u{1B}[0m"
    }

    private static func colour(of level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "90"
        case .info: "32"
        case .notice: "36"
        case .warning: "33"
        case .error, .critical: "31"
        }
    }

    /// Control characters would let data forge lines or move the cursor.
    private static func oneLine(_ text: String) -> String {
        // Bytes from space on, up to the end of ASCII, are none; what lies beyond needs a closer look.
        if text.utf8.count <= LogFields.valueCap, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        let scalars = text.prefix(LogFields.valueCap).unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control ? " " : scalar
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

public import Logging

/// Starts the process's logging; every `Logger` made afterwards writes this way.
///
/// Call once, before the first logger is made: later calls end the process, as swift-log demands.
public enum LoggingStart {
    public static func bootstrap(format: LogFormat, level: Logger.Level, sink: LogSink = .standardOutput) {
        LoggingSystem.bootstrap { label in handler(label: label, format: format, level: level, sink: sink) }
    }

    /// A handler of the given format.
    public static func handler(
        label: String, format: LogFormat, level: Logger.Level, sink: LogSink = .standardOutput
    ) -> any LogHandler {
        switch format {
        case .json: JSONLogHandler(label: label, level: level, sink: sink)
        case .text: TextLogHandler(label: label, level: level, sink: sink)
        }
    }
}

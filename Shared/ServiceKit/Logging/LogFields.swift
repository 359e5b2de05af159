import City
import Logging

/// What a log line consists of, in the order it is written.
struct LogFields {
    /// Longest value of a field in bytes of UTF-8; the rest is cut and counted.
    static let valueCap = 8_192

    /// Names the line itself uses; metadata of the same name is written as `field.<name>`.
    private static let reserved: Set<String> = ["ts", "level", "logger", "msg"]

    /// Metadata in alphabetical order: the handler's, the provider's, the context's, the statement's; later ones win.
    static func merged(
        handler: Logger.Metadata, provider: Logger.MetadataProvider?, event: LogEvent
    ) -> [(key: String, value: Logger.MetadataValue)] {
        var fields = handler
        if let provided = provider?.get() { fields.merge(provided) { _, new in new } }
        let context = LogContext.current
        if let requestID = context.requestID { fields["request.id"] = .string(requestID) }
        if let trace = context.trace { fields["trace.id"] = .string(trace.traceID) }
        if let eventID = context.eventID { fields["event.id"] = .string(eventID) }
        if let metadata = event.metadata { fields.merge(metadata) { _, new in new } }
        if let error = event.error {
            fields["error"] = .string(ErrorText.safe(error))
            fields["error.type"] = .string(String(reflecting: type(of: error)))
        }
        return fields.map { (reserved.contains($0.key) ? "field.\($0.key)" : $0.key, $0.value) }
            .sorted { $0.0 < $1.0 }
    }
}

/// Text of an error that may be logged.
enum ErrorText {
    /// The error's own description, which this suite's errors keep free of data. Decoding errors quote the input in
    /// their descriptions, so only the place and the kind are told.
    static func safe(_ error: any Error) -> String {
        guard let decoding = error as? DecodingError else { return String(describing: error) }
        let (kind, pointer) = DecodingFault.describe(decoding)
        return "\(kind) at \(pointer.isEmpty ? "/" : pointer)"
    }
}

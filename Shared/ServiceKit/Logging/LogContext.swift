/// What is being worked on, written on every log line of it: the request, the trace, the message.
///
/// It follows structured concurrency: set it around a request or a message, and everything called from there logs
/// with it. Detached tasks and other threads start without one.
public struct LogContext: Sendable, Equatable {
    public var requestID: String?
    public var trace: TraceContext?
    /// Identifier of the message being handled.
    public var eventID: String?

    public init(requestID: String? = nil, trace: TraceContext? = nil, eventID: String? = nil) {
        self.requestID = requestID
        self.trace = trace
        self.eventID = eventID
    }

    @TaskLocal public static var current = LogContext()

    /// Runs `body` with another context.
    public static func with<Result>(_ context: LogContext, _ body: () throws -> Result) rethrows -> Result {
        try $current.withValue(context, operation: body)
    }

    /// Runs `body` with another context.
    public static func with<Result>(
        _ context: LogContext, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await $current.withValue(context, operation: body, isolation: isolation)
    }
}

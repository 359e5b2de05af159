public import Logging

/// Sessions for asynchronous callers, each on a thread of its own.
///
/// A caller's closure runs on the session's thread, so it may block; a whole conversation with the server costs one hop
/// there and one back. Callers are served in the order they came. While the server cannot be reached callers are refused
/// at once, and the pool keeps trying to connect, at most a second apart.
public final class PostgresPool: Sendable {
    private let core: PoolCore
    private let acquireTimeoutMilliseconds: Int
    private let size: Int

    /// Starts the threads; connects when a session is first needed.
    ///
    /// - Parameters:
    ///   - size: The most sessions, at least 1.
    ///   - maxWaiters: The most callers that wait for a session; more are refused.
    ///   - acquireTimeoutMilliseconds: The longest a caller waits for a session.
    public init(
        _ settings: PostgresSettings, size: Int, maxWaiters: Int = 1_000, acquireTimeoutMilliseconds: Int = 5_000,
        logger: Logger
    ) {
        precondition(size >= 1 && maxWaiters >= 0 && acquireTimeoutMilliseconds > 0)
        self.size = size
        self.acquireTimeoutMilliseconds = acquireTimeoutMilliseconds
        core = PoolCore(settings, size: size, maximumWaiters: maxWaiters, logger: logger)
        core.start()
    }

    deinit { core.close() }

    /// Lends a session to `body`, which runs on the session's thread.
    ///
    /// When the calling task is cancelled, a waiting caller leaves the queue, a running statement is stopped at the
    /// server and no further one is started.
    ///
    /// - Throws: What `body` throws; ``PostgresError`` with code `poolExhausted`, `connectionFailed`, `cancelled` or
    ///   `poolClosed` when it is never called.
    @discardableResult
    public func withSession<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
        let slot = JobSlot(core)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let job = PoolJob(timeoutMilliseconds: acquireTimeoutMilliseconds) { session in
                    let result = Result { try body(session.get()) }
                    return { continuation.resume(with: result) }
                }
                slot.submit(job)
            }
        } onCancel: {
            slot.cancel()
        }
    }

    /// Lends a transaction to `body`; see ``PostgresSession/transaction(isolation:readOnly:_:)``.
    ///
    /// - Throws: ``TransactionError``, or what ``withSession(_:)`` throws when `body` is never called.
    @discardableResult
    public func withTransaction<Value: Sendable>(
        isolation: PostgresIsolation = .readCommitted, readOnly: Bool = false,
        _ body: @escaping @Sendable (PostgresTransaction) throws -> Value
    ) async throws -> Value {
        try await withSession { session in
            try session.transaction(isolation: isolation, readOnly: readOnly, body)
        }
    }

    /// Whether the pool can serve, and how fast the server answers: asks it once.
    public func health() async -> PostgresHealth {
        let start = MonotonicClock.nanoseconds
        var reason: String?
        do {
            try await withSession { try $0.ping() }
        } catch {
            reason = "\(error)"
        }
        var health = status
        health.reason = reason
        health.latencyNanoseconds = MonotonicClock.nanoseconds - start
        return health
    }

    /// How the pool is as far as it knows without asking the server.
    public var status: PostgresHealth {
        let state = core.snapshot
        var reason: String?
        if case .open(let error) = state.circuit { reason = error.description }
        if state.isClosed { reason = PoolState.closed.description }
        return PostgresHealth(
            reason: reason, latencyNanoseconds: 0, openSessions: state.open, busySessions: state.busy,
            waitingCallers: state.waiting, size: size)
    }

    /// Refuses further and waiting callers, waits for the running ones and closes the sessions.
    public func shutdown() async {
        core.close()
        await withCheckedContinuation { continuation in core.whenEnded { continuation.resume() } }
    }
}

/// How a pool is, for a health check.
public struct PostgresHealth: Sendable {
    /// Why the pool cannot serve, without data; nil when it can.
    public var reason: String?
    /// From asking for a session to the server's answer; 0 if it was not asked.
    public var latencyNanoseconds: Int64
    public var openSessions: Int
    public var busySessions: Int
    public var waitingCallers: Int
    public var size: Int

    public var isHealthy: Bool { reason == nil }
}

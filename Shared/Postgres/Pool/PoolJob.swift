import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A caller's work, from the moment it asks for a session until it has its answer.
final class PoolJob: Sendable {
    /// Where the job is. It can only move downwards.
    private enum Phase {
        /// In the queue, or on its way to a worker. Can become: running, over.
        case waiting
        /// Its body runs on a worker's thread. Can become: over.
        case running(PostgresCanceller)
        /// Answered.
        case over
    }

    private struct State {
        var phase = Phase.waiting
        var stopRequested = false
    }

    /// Runs the caller's body, or takes note that there will be no session; called once, on any thread. What it
    /// returns wakes the caller.
    typealias Body = @Sendable (Result<PostgresSession, PostgresError>) -> Delivery
    typealias Delivery = @Sendable () -> Void

    private let body: Body
    private let state = Mutex(State())
    let enqueued = MonotonicClock.nanoseconds
    /// When a waiting job gives up.
    let deadline: Int64

    /// Between two requests to stop a running job: the first may have met the server between two statements.
    private static let stopIntervalMicroseconds: UInt32 = 50_000

    init(timeoutMilliseconds: Int, body: @escaping Body) {
        self.body = body
        deadline = enqueued + Int64(timeoutMilliseconds) * 1_000_000
    }

    /// Runs the body on the calling thread. Returns how to wake the caller, which is best done once the session is free
    /// for others; nil if the job has been answered already.
    func run(on session: PostgresSession) -> Delivery? {
        guard let canceller = session.canceller else { return nil }
        let isDue = state.withLock { state in
            guard case .waiting = state.phase else { return false }
            canceller.rearm()
            if state.stopRequested { canceller.requestStop() }
            state.phase = .running(canceller)
            return true
        }
        guard isDue else { return nil }
        let delivery = body(.success(session))
        // Waits for a request to stop that is on its way, so that it cannot hit the session's next user.
        state.withLock { $0.phase = .over }
        canceller.rearm()
        return delivery
    }

    /// Answers a job that has not begun; returns whether it was this call that did.
    @discardableResult
    func fail(_ error: PostgresError) -> Bool {
        let isDue = state.withLock { state in
            guard case .waiting = state.phase else { return false }
            state.phase = .over
            return true
        }
        if isDue { body(.failure(error))() }
        return isDue
    }

    /// Asks a running job to stop. Returns false if it has not begun; then the caller takes it out of the queue.
    func stop() -> Bool {
        let isRunning = state.withLock { state in
            state.stopRequested = true
            guard case .running(let canceller) = state.phase else { return false }
            canceller.requestStop()
            return true
        }
        guard isRunning else { return false }
        // Asking the server blocks, and the caller is a cancellation handler that must not.
        PostgresThread.start { self.askServerToStop() }
        return true
    }

    private func askServerToStop() {
        while true {
            let isDone = state.withLock { state in
                guard case .running(let canceller) = state.phase, canceller.stopIsPending else { return true }
                canceller.cancel()
                return false
            }
            if isDone { return }
            usleep(Self.stopIntervalMicroseconds)
        }
    }
}

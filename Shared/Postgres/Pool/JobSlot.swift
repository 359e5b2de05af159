import Synchronization

/// Joins a job with the cancellation of the task that waits for it; either may come first.
final class JobSlot: Sendable {
    private enum State {
        case empty
        case submitted(PoolJob)
        case cancelled
    }

    private let core: PoolCore
    private let state = Mutex(State.empty)

    init(_ core: PoolCore) { self.core = core }

    func submit(_ job: PoolJob) {
        let isCancelled = state.withLock { state in
            if case .cancelled = state { return true }
            state = .submitted(job)
            return false
        }
        if isCancelled {
            job.fail(PostgresError(.cancelled, "the caller's task was cancelled"))
        } else {
            core.submit(job)
        }
    }

    func cancel() {
        let job: PoolJob? = state.withLock { state in
            defer { state = .cancelled }
            if case .submitted(let job) = state { return job }
            return nil
        }
        if let job { core.cancel(job) }
    }
}

import Dispatch
import Logging
import Synchronization
import Threads

/// The shared heart of a pool; its threads keep it alive until they have ended.
final class PoolCore: Sendable {
    let settings: PostgresSettings
    let logger: Logger
    let metrics: PoolMetrics
    private let state: Mutex<PoolState>
    private let workers: [PoolWorker]
    /// Wakes the thread that watches deadlines.
    private let timer = MonotonicSemaphore(value: 0)
    /// Left once by each thread when it ends.
    private let threads = DispatchGroup()

    init(_ settings: PostgresSettings, size: Int, maximumWaiters: Int, logger: Logger) {
        self.settings = settings
        self.logger = logger
        metrics = PoolMetrics(name: settings.applicationName)
        workers = (0..<size).map { _ in PoolWorker() }
        state = Mutex(PoolState(workers: workers, maximumWaiters: maximumWaiters))
    }

    func start() {
        for worker in workers {
            threads.enter()
            PostgresThread.start { self.work(worker) }
        }
        threads.enter()
        PostgresThread.start { self.watchDeadlines() }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func submit(_ job: PoolJob) {
        switch change({ $0.admit(job) }) {
        case .given(let worker): worker.signal()
        case .queued(let isFirst): if isFirst { timer.signal() }
        case .refused(let error): job.fail(error)
        }
    }

    /// The caller's task was cancelled.
    func cancel(_ job: PoolJob) {
        guard !job.stop() else { return }
        change { $0.remove(job) }
        job.fail(PostgresError(.cancelled, "the caller's task was cancelled"))
    }

    /// Refuses what waits, lets what runs finish, and returns at once.
    func close() {
        for job in change({ $0.close() }) { job.fail(PoolState.closed) }
        for worker in workers { worker.signal() }
        timer.signal()
    }

    /// Calls `body` once every thread has ended.
    func whenEnded(_ body: @escaping @Sendable () -> Void) {
        threads.notify(queue: .global(), execute: body)
    }

    var snapshot: (circuit: PoolState.Circuit, isClosed: Bool, open: Int, busy: Int, waiting: Int) {
        state.withLock { ($0.circuit, $0.isClosed, $0.openSessions, $0.busy, $0.queue.count) }
    }

    private func watchDeadlines() {
        while !isClosed {
            if let deadline = state.withLock({ $0.queue.first?.deadline }) {
                let left = max(0, deadline - MonotonicClock.nanoseconds)
                _ = timer.wait(timeout: .now() + .nanoseconds(Int(left)))
            } else {
                timer.wait()
            }
            for job in change({ $0.expire(now: MonotonicClock.nanoseconds) }) {
                job.fail(PostgresError(.poolExhausted, "no session became free in time"))
            }
        }
        threads.leave()
    }

    /// Changes the state and tells the metrics.
    @discardableResult
    private func change<Value: Sendable>(_ body: (inout PoolState) -> Value) -> Value {
        state.withLock { state in
            let value = body(&state)
            metrics.counted(open: state.openSessions, busy: state.busy, waiting: state.queue.count)
            return value
        }
    }
}

/// What workers tell the pool.
extension PoolCore {
    func nextJob(for worker: PoolWorker) -> PoolJob? { change { $0.next(for: worker) } }
    func sessionOpened(_ worker: PoolWorker) { change { $0.sessionOpened(by: worker) } }
    func sessionLost(_ worker: PoolWorker) { change { $0.sessionLost(by: worker) } }

    func connectFailed(_ error: PostgresError, with job: PoolJob?) {
        logger.warning("no connection to PostgreSQL", metadata: ["error": "\(error)"])
        let (heir, refused) = change { $0.connectFailed(error, with: job) }
        heir?.signal()
        for job in refused { job.fail(error) }
    }

    func ended(_ worker: PoolWorker) {
        _ = change { $0.workerEnded(worker) }
        threads.leave()
    }
}

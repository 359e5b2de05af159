/// Who waits and who works in a pool. Pure: transitions return what the caller must do once it has released the lock.
struct PoolState {
    /// Whether the server can be reached, as far as anybody knows.
    enum Circuit {
        /// Jobs are taken. Can become: open.
        case closed
        /// No session could be made and none is left: jobs are refused at once. Can become: closed.
        case open(PostgresError)
    }

    /// What becomes of a job that was handed in.
    enum Admission {
        case given(to: PoolWorker)
        case queued(isFirst: Bool)
        case refused(PostgresError)
    }

    let maximumWaiters: Int
    private(set) var circuit = Circuit.closed
    private(set) var isClosed = false
    private(set) var queue: [PoolJob] = []
    /// Workers without a job; the last one was busy most recently, so its statements are prepared and warm.
    private(set) var idle: [PoolWorker]
    private(set) var openSessions = 0
    private(set) var runningWorkers: Int
    private let size: Int

    init(workers: [PoolWorker], maximumWaiters: Int) {
        size = workers.count
        self.maximumWaiters = maximumWaiters
        idle = workers
        runningWorkers = workers.count
    }

    var busy: Int { runningWorkers - idle.count }

    mutating func admit(_ job: PoolJob) -> Admission {
        if isClosed { return .refused(Self.closed) }
        if case .open(let reason) = circuit { return .refused(reason) }
        if let worker = takeIdleWorker() {
            worker.assigned = job
            return .given(to: worker)
        }
        guard queue.count < maximumWaiters else {
            return .refused(PostgresError(.poolExhausted, "\(size) sessions are busy and \(queue.count) callers wait"))
        }
        queue.append(job)
        return .queued(isFirst: queue.count == 1)
    }

    /// The next job of a worker that has none, or nil: it is idle now and sleeps until it is given one.
    mutating func next(for worker: PoolWorker) -> PoolJob? {
        if let job = worker.assigned {
            worker.assigned = nil
            return job
        }
        let isIdle = idle.contains { $0 === worker }
        if queue.isEmpty {
            if !isIdle { idle.append(worker) }
            return nil
        }
        if isIdle { idle.removeAll { $0 === worker } }
        return queue.removeFirst()
    }

    /// A worker has made a session.
    mutating func sessionOpened(by worker: PoolWorker) {
        if !worker.hasSession {
            worker.hasSession = true
            openSessions += 1
        }
        circuit = .closed
    }

    /// A worker's session is gone.
    mutating func sessionLost(by worker: PoolWorker) {
        guard worker.hasSession else { return }
        worker.hasSession = false
        openSessions -= 1
    }

    /// A worker could not make a session for `job`. Returns a colleague to give the job to, and the jobs to refuse.
    mutating func connectFailed(_ error: PostgresError, with job: PoolJob?) -> (heir: PoolWorker?, refused: [PoolJob]) {
        if openSessions > 0, !isClosed {
            // Others are served, so the server is there: it has too few connections, say.
            guard let job else { return (nil, []) }
            if let heir = takeIdleWorker(withSession: true) {
                heir.assigned = job
                return (heir, [])
            }
            queue.insert(job, at: 0)
            return (nil, [])
        }
        circuit = .open(error)
        defer { queue.removeAll() }
        return (nil, queue + [job].compactMap { $0 })
    }

    mutating func remove(_ job: PoolJob) { queue.removeAll { $0 === job } }

    /// Takes out the jobs that have waited too long.
    mutating func expire(now: Int64) -> [PoolJob] {
        let expired = queue.prefix { $0.deadline <= now }
        queue.removeFirst(expired.count)
        return Array(expired)
    }

    /// Returns the jobs to refuse.
    mutating func close() -> [PoolJob] {
        isClosed = true
        defer { queue.removeAll() }
        return queue
    }

    /// A worker's thread ends. Returns whether it was the last.
    mutating func workerEnded(_ worker: PoolWorker) -> Bool {
        sessionLost(by: worker)
        idle.removeAll { $0 === worker }
        runningWorkers -= 1
        return runningWorkers == 0
    }

    static let closed = PostgresError(.poolClosed, "the pool has been shut down")

    /// Prefers a worker that has a session already.
    private mutating func takeIdleWorker(withSession required: Bool = false) -> PoolWorker? {
        if let index = idle.lastIndex(where: \.hasSession) { return idle.remove(at: index) }
        return required ? nil : idle.popLast()
    }
}

import Dispatch
import Logging
import Threads

/// One thread of a pool and the session it owns.
///
/// `assigned` and `hasSession` belong to the pool's state and are touched only under its lock.
final class PoolWorker: @unchecked Sendable {
    // Safe: the two variables are guarded by the pool's lock; everything else is constant.
    var assigned: PoolJob?
    var hasSession = false
    private let wake = MonotonicSemaphore(value: 0)

    /// Called after `assigned` was set, or at shutdown.
    func signal() { wake.signal() }

    func sleep() { wake.wait() }

    func sleep(milliseconds: Int) { _ = wake.wait(timeout: .now() + .milliseconds(milliseconds)) }
}

extension PoolCore {
    /// A worker's life: take a job, make sure of a session, run the job.
    func work(_ worker: PoolWorker) {
        var session: PostgresSession?
        var delivery: PoolJob.Delivery?
        while true {
            let next = nextJob(for: worker)
            // The last caller is woken only now, so that it finds this worker free.
            delivery?()
            delivery = nil
            guard let job = next else {
                if isClosed { break }
                worker.sleep()
                continue
            }
            guard let ready = refreshed(session, of: worker, for: job) else {
                session = recover(worker)
                continue
            }
            metrics.waited(nanoseconds: MonotonicClock.nanoseconds - job.enqueued)
            delivery = job.run(on: ready)
            tidy(ready)
            session = ready.isUsable ? ready : nil
            if session == nil { sessionLost(worker) }
        }
        session = nil
        ended(worker)
    }

    /// A session that works as far as can be told without a round trip; nil if none can be made.
    private func refreshed(_ session: PostgresSession?, of worker: PoolWorker, for job: PoolJob) -> PostgresSession? {
        if let session {
            session.refreshState()
            if session.isUsable { return session }
            sessionLost(worker)
        }
        do {
            return try connect(worker)
        } catch {
            connectFailed(error, with: job)
            return nil
        }
    }

    /// Tries again, with growing pauses, until the server is back or the pool is closed.
    private func recover(_ worker: PoolWorker) -> PostgresSession? {
        var backoff = Backoff()
        while !isClosed {
            worker.sleep(milliseconds: backoff.next())
            if isClosed { break }
            do {
                let session = try connect(worker)
                logger.info("PostgreSQL can be reached again")
                return session
            } catch {
                connectFailed(error, with: nil)
            }
        }
        return nil
    }

    private func connect(_ worker: PoolWorker) throws(PostgresError) -> PostgresSession {
        let session = try PostgresSession(settings, logger: logger)
        sessionOpened(worker)
        return session
    }

    /// Leaves no trace of a job that did not clean up after itself.
    private func tidy(_ session: PostgresSession) {
        guard session.isUsable, !session.isAtRest else { return }
        logger.warning("a job left a transaction open; it is rolled back")
        do { try session.executeScript("ROLLBACK") } catch { session.close() }
    }
}

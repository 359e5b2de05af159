public import Dispatch

#if canImport(Darwin)
/// A counting semaphore whose time limits do not depend on the wall clock; Darwin's own is one.
public typealias MonotonicSemaphore = DispatchSemaphore
#else
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A counting semaphore whose time limits do not depend on the wall clock.
///
/// `DispatchSemaphore` on Linux waits until a moment of the wall clock: set that back by two hours, and whoever waits for
/// ten milliseconds waits for two hours.
public final class MonotonicSemaphore: @unchecked Sendable {
    // Safe: `count` is guarded by the mutex; the three allocations belong to this object alone and end with it.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let count: UnsafeMutablePointer<Int>

    /// - Parameter value: How many waits return at once.
    public init(value: Int) {
        count = .allocate(capacity: 1)
        count.initialize(to: value)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        let status = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        precondition(status == 0, "the system has no monotonic clock to wait by")
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
        count.deallocate()
    }

    /// Lets one wait return.
    public func signal() {
        pthread_mutex_lock(mutex)
        count.pointee += 1
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for a signal.
    public func wait() {
        pthread_mutex_lock(mutex)
        while count.pointee <= 0 { pthread_cond_wait(condition, mutex) }
        count.pointee -= 1
        pthread_mutex_unlock(mutex)
    }

    /// Waits for a signal, at most until a moment.
    public func wait(timeout: DispatchTime) -> DispatchTimeoutResult {
        guard timeout != .distantFuture else {
            wait()
            return .success
        }
        let nanoseconds = timeout.uptimeNanoseconds
        var moment = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while count.pointee <= 0 {
            guard pthread_cond_timedwait(condition, mutex, &moment) != ETIMEDOUT else { return .timedOut }
        }
        count.pointee -= 1
        return .success
    }
}
#endif

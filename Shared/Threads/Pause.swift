public import Dispatch

/// Keeps the calling thread until a moment, whatever the wall clock does meanwhile; returns at once when it has passed.
///
/// For threads of one's own: a task that waits so keeps a thread of the cooperative pool from all others.
public func pause(until moment: DispatchTime) {
    guard DispatchTime.now() < moment else { return }
    _ = MonotonicSemaphore(value: 0).wait(timeout: moment)
}

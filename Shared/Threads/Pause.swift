public import Dispatch

/// Keeps the calling thread until a moment, whatever the wall clock does meanwhile; returns at once when it has passed.
public func pause(until moment: DispatchTime) { _ = MonotonicSemaphore(value: 0).wait(timeout: moment) }

import HummingbirdCore
import Logging
import NIOCore

/// Runs tasks on the thread of an event loop.
///
/// A request then stays on the thread that read it: no other thread is woken to handle it and none to write its answer.
/// What takes long must go elsewhere, for the loop's other connections wait meanwhile; see ``offEventLoop(_:)``.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Runs `body` on a thread that is no event loop's: for work of more than a millisecond.
public func offEventLoop<Result: Sendable>(_ body: @Sendable () throws -> Result) async rethrows -> Result {
    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await concurrently(body) }
}

/// Only a function of its own, and not a closure, is sure to begin on the preferred executor.
@concurrent private func concurrently<Result: Sendable>(
    _ body: @Sendable () throws -> Result
) async rethrows -> Result {
    try body()
}

/// A channel whose connections are each handled on their own event loop's thread.
struct OnEventLoop<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        base.setup(channel: channel, logger: logger)
    }

    func handle(value: Base.Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}

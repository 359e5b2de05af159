#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Threads for calls that block, so that they do not take a thread of Swift's cooperative pool.
enum PostgresThread {
    /// What a new thread is handed through the C interface.
    private final class Start: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a new thread, which ends when it returns.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(body)).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        let status = pthread_create(
            &thread, nil,
            { context in
                PostgresThread.run(context)
                return nil
            }, start)
        precondition(status == 0, "the system has no more threads")
        if let thread { pthread_detach(thread) }
        #else
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                if let context { PostgresThread.run(context) }
                return nil
            }, start)
        precondition(status == 0, "the system has no more threads")
        pthread_detach(thread)
        #endif
    }

    private static func run(_ context: UnsafeMutableRawPointer) {
        Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
    }
}

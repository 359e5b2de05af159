import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// SIGINT, SIGTERM and SIGHUP as something to wait for. A second one ends the process at once.
final class StopSignals: Sendable {
    private struct State {
        var received = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    // Safe: only kept alive here, never touched after init.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init() {
        let numbers = [SIGINT, SIGTERM, SIGHUP]
        sources = numbers.map { number in
            // The default action would end the process before the source hears of it.
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: .global())
        }
        for (number, source) in zip(numbers, sources) {
            source.setEventHandler { [weak self] in self?.receive(number) }
            source.activate()
        }
    }

    var isReceived: Bool { state.withLock { $0.received } }

    /// Returns once a signal has come.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isReceived = state.withLock { state in
                if !state.received { state.waiting.append(continuation) }
                return state.received
            }
            if isReceived { continuation.resume() }
        }
    }

    private func receive(_ number: Int32) {
        let (isSecond, waiting) = state.withLock { state in
            defer {
                state.received = true
                state.waiting = []
            }
            return (state.received, state.waiting)
        }
        // Programs started by this process are told to end when it does.
        if isSecond { exit(128 + number) }
        for continuation in waiting { continuation.resume() }
    }
}

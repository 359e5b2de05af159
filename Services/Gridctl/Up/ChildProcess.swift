import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A program that this process started and that ends with it, however this process ends.
final class ChildProcess: Sendable {
    /// What to start and how.
    struct Launch: Sendable {
        /// The program by its path, or by a name that is looked for in `PATH`.
        var program: String
        var arguments: [String] = []
        /// The whole environment of the program.
        var environment = Terminal.environment
        /// Who runs it, when this process is root and the program must not be.
        var user: String?
        /// What the program is sent when this process is gone before it.
        var farewell: Farewell = .terminate
    }

    enum Farewell: Int32, Sendable {
        case interrupt = 2
        case terminate = 15
        case kill = 9

        /// As `setpriv` calls it.
        var name: String {
            switch self {
            case .interrupt: "INT"
            case .terminate: "TERM"
            case .kill: "KILL"
            }
        }
    }

    /// How a program ended.
    enum Ending: Sendable, Equatable, CustomStringConvertible {
        case exit(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .exit(let code): "exit \(code)"
            case .signal(let number): "signal \(number)"
            }
        }
    }

    private enum State {
        case running([CheckedContinuation<Ending, Never>])
        case ended(Ending)
    }

    let pid: Int32
    private let state = Mutex(State.running([]))

    private init(pid: Int32) { self.pid = pid }

    /// Starts a program in a process group of its own, so that Ctrl-C reaches it by way of this process only.
    ///
    /// - Parameter onLine: Called for each line of its standard output and standard error, on a thread of its own; with
    ///   nil when there is no more to come.
    /// - Throws: ``CommandFailure`` when it cannot be started.
    static func start(_ launch: Launch, onLine: @escaping @Sendable (String?) -> Void) async throws -> ChildProcess {
        try await withCheckedThrowingContinuation { continuation in
            // The thread that starts a child must live as long as the child: the kernel takes the thread's end for the
            // parent's end. So one thread starts it, and waits for it.
            DispatchQueue(label: "child \(launch.program)").async {
                do {
                    let (pid, output) = try spawn(launch)
                    let child = ChildProcess(pid: pid)
                    DispatchQueue(label: "output of \(launch.program)").async { LineReader.read(output, onLine) }
                    continuation.resume(returning: child)
                    child.waitForEnd()
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    /// Runs a program to its end.
    ///
    /// - Returns: How it ended, and what it wrote.
    static func run(_ launch: Launch) async throws -> (ending: Ending, lines: [String]) {
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        let child = try await start(launch) { line in
            if let line { feed.yield(line) } else { feed.finish() }
        }
        var written: [String] = []
        for await line in lines { written.append(line) }
        return (await child.ending, written)
    }

    /// How the program ended; waits until it has.
    var ending: Ending {
        get async {
            await withCheckedContinuation { continuation in
                let ended: Ending? = state.withLock { state in
                    switch state {
                    case .ended(let ending): return ending
                    case .running(let waiting):
                        state = .running(waiting + [continuation])
                        return nil
                    }
                }
                if let ended { continuation.resume(returning: ended) }
            }
        }
    }

    /// Sends a signal, unless the program has ended.
    func send(_ signal: Farewell) {
        state.withLock { state in
            // Under the lock, so that the number cannot have gone to another process.
            if case .running = state { kill(pid, signal.rawValue) }
        }
    }

    private func waitForEnd() {
        // Not reaped yet: the number stays ours until the state says that it has ended.
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        let (ending, waiting) = state.withLock { state -> (Ending, [CheckedContinuation<Ending, Never>]) in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1, errno == EINTR {}
            let ending = Self.ending(status)
            defer { state = .ended(ending) }
            if case .running(let waiting) = state { return (ending, waiting) }
            return (ending, [])
        }
        for continuation in waiting { continuation.resume(returning: ending) }
    }

    private static func ending(_ status: Int32) -> Ending {
        status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }
}

import Dispatch
import Foundation
import Synchronization

/// A program that runs beside the tests and is gone when they are, however they end.
final class ServiceProcess: Sendable {
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

    let pid: pid_t
    private let state = Mutex(State.running([]))

    private init(pid: pid_t) { self.pid = pid }

    /// Starts a program whose output, both kinds, is appended to a file.
    ///
    /// - Parameters:
    ///   - environment: All that it gets besides `PATH` and `HOME`.
    ///   - descriptors: Descriptors of this process that the program gets under other numbers.
    static func start(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], log: String,
        descriptors: [Int32: Int32] = [:]
    ) async throws -> ServiceProcess {
        try await withCheckedThrowingContinuation { continuation in
            // The kernel takes the end of the thread that started a child for the end of its parent. So one thread
            // starts the child, and waits for it.
            DispatchQueue(label: "child \(program)").async {
                do {
                    let pid = try spawn(
                        program, arguments, environment: environment, log: log, descriptors: descriptors)
                    let child = ServiceProcess(pid: pid)
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
    /// - Returns: how it ended, and all it wrote.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], log: String
    ) async throws -> (ending: Ending, output: String) {
        let child = try await start(program, arguments, environment: environment, log: log)
        let ending = await child.ending
        return (ending, (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
    }

    /// Sends a signal, unless the program has ended.
    func send(_ signal: Int32) {
        state.withLock { state in
            // Under the lock, so that the number cannot have gone to another process.
            if case .running = state { kill(pid, signal) }
        }
    }

    var isRunning: Bool {
        state.withLock { state in
            if case .running = state { true } else { false }
        }
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

    private func waitForEnd() {
        // Not reaped yet: the number stays ours until the state says that it has ended.
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        let (ending, waiting) = state.withLock { state -> (Ending, [CheckedContinuation<Ending, Never>]) in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1, errno == EINTR {}
            let ending: Ending = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
            defer { state = .ended(ending) }
            if case .running(let waiting) = state { return (ending, waiting) }
            return (ending, [])
        }
        for continuation in waiting { continuation.resume(returning: ending) }
    }

    private static func spawn(
        _ program: String, _ arguments: [String], environment: [String: String], log: String,
        descriptors: [Int32: Int32]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for (number, descriptor) in descriptors { posix_spawn_file_actions_adddup2(&actions, descriptor, number) }
        // Linux can tie a child to its parent's life.
        let setpriv = "/usr/bin/setpriv"
        let prefix = access(setpriv, X_OK) == 0 ? [setpriv, "--pdeathsig", "KILL", "--"] : []
        let words = prefix + [program] + arguments
        var variables = environment
        for name in ["PATH", "HOME"] { variables[name] = ProcessInfo.processInfo.environment[name] }
        let argumentList = words.map { strdup($0) } + [nil]
        let variableList = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argumentList + variableList { free(text) } }
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, words[0], &actions, nil, argumentList, variableList)
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .ENOENT) }
        return pid
    }
}

import Dispatch

/// A program that is kept running: started again when it ends by itself, after 0.5 s, 1 s … 30 s.
actor KeptProcess {
    /// Why it is not worth starting again.
    struct GivenUp: Sendable {
        var ending: ChildProcess.Ending
        var lastLines: [String]
    }

    nonisolated let name: String
    private let launch: ChildProcess.Launch
    private let log: ServiceLog
    private let onLine: @Sendable (String) -> Void
    private let onChange: @Sendable (Change) -> Void
    private var child: ChildProcess?
    private var keeper: Task<Void, Never>?
    private var isStopping = false
    private var isSettled = false
    private var quickEndings = 0
    private(set) var givenUp: GivenUp?

    enum Change: Sendable {
        case started(pid: Int32)
        case restarting(ChildProcess.Ending, afterMilliseconds: Int)
    }

    /// Exit codes that another start would only repeat: wrong usage, wrong settings.
    private static let hopeless: [Int32] = [64, 78]
    /// Starts that may fail before the program was ever ready.
    private static let patience = 4
    private static let longestPauseMilliseconds = 30_000

    /// - Parameters:
    ///   - onLine: Called for each line the program writes.
    ///   - onChange: Called when it was started, and when it ended unasked.
    init(
        name: String, launch: ChildProcess.Launch, log: ServiceLog, onLine: @escaping @Sendable (String) -> Void,
        onChange: @escaping @Sendable (Change) -> Void
    ) {
        self.name = name
        self.launch = launch
        self.log = log
        self.onLine = onLine
        self.onChange = onChange
    }

    /// Starts the program, and again whenever it ends, until ``stop(graceSeconds:)``.
    func start() async throws {
        let first = try await startOnce()
        keeper = Task { await keep(first) }
    }

    /// From now on it is started again however often it ends.
    func settle() { isSettled = true }

    /// Sends the program its farewell, and kills it when that has not helped within `graceSeconds`. Returns when it has
    /// ended.
    func stop(graceSeconds: Int) async {
        isStopping = true
        child?.send(launch.farewell)
        let reaper = Task {
            try await Task.sleep(for: .seconds(graceSeconds))
            child?.send(.kill)
        }
        keeper?.cancel()
        await keeper?.value
        reaper.cancel()
    }

    private func startOnce() async throws -> ChildProcess {
        let child = try await ChildProcess.start(launch) { [log, onLine] line in
            guard let line else { return }
            log.append(line)
            onLine(line)
        }
        self.child = child
        onChange(.started(pid: child.pid))
        // Asked to stop while it was being started: it must not be missed.
        if isStopping { child.send(launch.farewell) }
        return child
    }

    private func keep(_ first: ChildProcess) async {
        var current = first
        while true {
            let started = DispatchTime.now()
            let ending = await current.ending
            if isStopping { return }
            let lived = (DispatchTime.now().uptimeNanoseconds - started.uptimeNanoseconds) / 1_000_000_000
            quickEndings = lived >= 60 ? 1 : quickEndings + 1
            if !isSettled, quickEndings >= Self.patience || Self.isHopeless(ending) {
                givenUp = GivenUp(ending: ending, lastLines: log.recent)
                return
            }
            guard let next = await startAgain(after: ending) else { return }
            current = next
        }
    }

    /// - Returns: nil when it is to stop.
    private func startAgain(after ending: ChildProcess.Ending) async -> ChildProcess? {
        while !isStopping {
            let pause = min(Self.longestPauseMilliseconds, 250 << min(quickEndings, 10))
            onChange(.restarting(ending, afterMilliseconds: pause))
            // A stop cancels the pause.
            try? await Task.sleep(for: .milliseconds(pause))
            if isStopping { return nil }
            do {
                let child = try await startOnce()
                return child
            } catch {
                quickEndings += 1
            }
        }
        return nil
    }

    private static func isHopeless(_ ending: ChildProcess.Ending) -> Bool {
        if case .exit(let code) = ending { hopeless.contains(code) } else { false }
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension ChildProcess {
    /// `setpriv` gives up root for another user and ties a program's life to its parent's.
    private static let setpriv = executable("setpriv")

    /// The path of a program of `PATH`; nil when there is none.
    static func executable(_ name: String) -> String? {
        let path = Terminal.environment["PATH"] ?? "/usr/bin:/bin"
        let folders: [String] = path.split(separator: ":").map { String($0) } + ["/usr/sbin", "/sbin"]
        return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// The words that start a program under the wanted user and with the wanted farewell.
    private static func words(_ launch: Launch) throws -> [String] {
        let command = [launch.program] + launch.arguments
        guard let setpriv else {
            guard launch.user == nil else {
                throw CommandFailure(
                    .unavailable, zh: "以 root 运行时需要 setpriv（util-linux）", en: "as root this needs setpriv of util-linux"
                )
            }
            return command
        }
        var words = [setpriv]
        if let user = launch.user { words += ["--reuid=\(user)", "--regid=\(user)", "--init-groups"] }
        return words + ["--pdeathsig", launch.farewell.name, "--"] + command
    }

    /// - Returns: The program's number, and the end of the pipe that its output comes out of.
    static func spawn(_ launch: Launch) throws -> (pid: Int32, output: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw CommandFailure(.systemError, zh: "文件描述符用尽", en: "the process has no more file descriptors")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&defaults, signal) }
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let words = try words(launch)
        let arguments = words.map { strdup($0) } + [nil]
        let environment = launch.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, words[0], &actions, &attributes, arguments, environment)
        guard status == 0 else {
            close(ends[0])
            let reason = String(cString: strerror(status))
            throw CommandFailure(
                .systemError, zh: "无法启动 \(launch.program)：\(reason)", en: "cannot start \(launch.program): \(reason)")
        }
        return (pid, ends[0])
    }
}

import Foundation

/// Where PostgreSQL's programs are.
enum PostgresBinaries {
    static func directory() throws -> String {
        var candidates: [String] = []
        if let path = try? Command.run("pg_config", ["--bindir"]) {
            candidates.append(path.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        candidates += versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "/usr/lib/postgresql/\($0)/bin" }
        for candidate in candidates where FileManager.default.isExecutableFile(atPath: "\(candidate)/initdb") {
            return candidate
        }
        throw PrivatePostgresError("these tests need PostgreSQL's server programs (initdb, pg_ctl): run `make setup`")
    }
}

/// Runs programs as somebody the server accepts.
enum ServerUser {
    static func run(_ program: String, _ arguments: [String]) throws { _ = try output(program, arguments) }

    static func output(_ program: String, _ arguments: [String]) throws -> String {
        let words = prefix + [program] + arguments
        return try Command.run(words[0], Array(words.dropFirst()))
    }

    /// Root hands over to user `postgres`, which Debian's package made, and stands where that user may stand.
    static var prefix: [String] { geteuid() == 0 ? ["env", "-C", "/tmp", "runuser", "-u", "postgres", "--"] : [] }
}

/// Child processes by `posix_spawn`.
///
/// Not Foundation's `Process`: it waits for the end of a socket that a server started by the child keeps open.
enum Command {
    /// Runs a program to its end and returns what it wrote to its standard output.
    ///
    /// - Throws: ``PrivatePostgresError`` with what it wrote to its standard error.
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        // Files, not pipes: a server started by the program would keep a pipe open for ever.
        let files = FileManager.default.temporaryDirectory.appendingPathComponent("wg-\(UUID().uuidString)").path
        let (outputPath, errorPath) = (files + ".out", files + ".err")
        defer { for path in [outputPath, errorPath] { unlink(path) } }
        let child = try spawn([program] + arguments, input: nil, outputPath: outputPath, errorPath: errorPath)
        var status: Int32 = 0
        while waitpid(child, &status, 0) == -1, errno == EINTR {}
        let output = (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? ""
        guard status == 0 else {
            let errors = (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? ""
            throw PrivatePostgresError("\(program) failed with status \(status): \(errors)\(output)")
        }
        return output
    }

    /// Starts a program and returns its process number.
    ///
    /// - Parameter input: The descriptor to be its standard input; nil is the null device.
    static func spawn(
        _ words: [String], input: Int32?, outputPath: String = "/dev/null", errorPath: String = "/dev/null"
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        let status = posix_spawnp(&child, words[0], &actions, nil, arguments, environ)
        guard status == 0 else {
            throw PrivatePostgresError("cannot start \(words[0]): \(String(cString: strerror(status)))")
        }
        return child
    }
}

/// A shell that stops the server and removes its files once this process is gone, even by SIGKILL.
///
/// It reads from a pipe whose only writer is this process, so that the end of the process is the end of the file.
struct Watchdog: Sendable {
    init(binaries: String, directory: String) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw PrivatePostgresError("the process has no more file descriptors") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let prefix = ServerUser.prefix.joined(separator: " ")
        let script = """
            trap '' INT HUP TERM
            cat > /dev/null
            \(prefix) '\(binaries)/pg_ctl' -D '\(directory)/data' -m immediate -w stop
            \(prefix) rm -rf '\(directory)'
            """
        // A session of its own, so that a Ctrl-C for the test does not end the watchdog. The writing end stays open
        // until the process ends.
        _ = try Command.spawn(["setsid", "sh", "-c", script], input: ends[0])
        close(ends[0])
    }
}

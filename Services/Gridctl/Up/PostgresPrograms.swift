import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where PostgreSQL's server programs are; distributions keep them out of `PATH`.
struct PostgresPrograms: Sendable {
    let folder: String

    /// - Throws: ``CommandFailure`` that says what to install.
    init() throws {
        let debian = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []).compactMap { Int($0) }
        var candidates = versions.sorted(by: >).map { "\(debian)/\($0)/bin" }
        candidates += (Terminal.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        candidates += ["/usr/pgsql-16/bin", "/opt/homebrew/opt/postgresql@16/bin"]
        guard let found = candidates.first(where: { access("\($0)/initdb", X_OK) == 0 }) else {
            throw CommandFailure(
                .unavailable, zh: "没有找到 PostgreSQL 服务器（initdb），请运行 make setup，或用 POSTGRES_URL 指定数据库",
                en: "PostgreSQL's server programs (initdb) are missing: run make setup, or set POSTGRES_URL")
        }
        folder = found
    }

    /// Whether the server can keep statistics of its statements.
    var hasStatementStatistics: Bool { access("\(folder)/../lib/pg_stat_statements.so", R_OK) == 0 }
}

/// The user who runs PostgreSQL where we are root.
struct PostgresAccount: Sendable {
    let name: String
    private let uid: uid_t
    private let gid: gid_t

    /// - Throws: ``CommandFailure`` when there is no user `postgres`.
    init() throws {
        name = "postgres"
        guard let entry = getpwnam(name) else {
            throw CommandFailure(
                .unavailable, zh: "以 root 运行时需要系统用户 postgres，请运行 make setup",
                en: "as root this needs the system user postgres: run make setup")
        }
        uid = entry.pointee.pw_uid
        gid = entry.pointee.pw_gid
    }

    func own(_ files: [String]) throws {
        for file in files where chown(file, uid, gid) != 0 { throw SuiteDirectory.refused(file) }
    }

    /// Whether the user may pass through every directory on the way.
    func canReach(_ folder: String) -> Bool {
        var path = ""
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            var status = stat()
            // What does not exist yet will be made by us, passable for all.
            guard stat(path, &status) == 0 else { return true }
            let bit: mode_t = status.st_uid == uid ? 0o100 : status.st_gid == gid ? 0o010 : 0o001
            guard status.st_mode & bit != 0 else { return false }
        }
        return true
    }
}

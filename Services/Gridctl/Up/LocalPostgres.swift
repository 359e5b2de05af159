import FoundationEssentials
import Logging
import Postgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A PostgreSQL cluster of the suite's own: default durability, 127.0.0.1 and a Unix socket, a password for everybody.
///
/// PostgreSQL refuses to run as root, so for root the server runs as user `postgres`, whom its package made.
struct LocalPostgres: Sendable {
    /// Holds the cluster's files; a directory of its own.
    let data: String
    let port: Int
    /// What is to lead to `data` once the cluster is made.
    private let link: String?
    private let password: String
    private let programs: PostgresPrograms
    private let user: String?
    private let account: PostgresAccount?
    private let socketFolder: String

    static let database = "wangge"
    private static let elsewhere = "/var/lib/wangge"
    /// Owns the database; not a superuser, as in an installation that is run by others.
    static let role = "wangge"

    /// - Parameter cluster: Where the cluster is or will be. When the server's user cannot get there, it is kept in
    ///   `/var/lib/wangge` under a name made from this one, and a symbolic link leads to it.
    init(cluster: String, port: Int, password: String) throws {
        programs = try PostgresPrograms()
        account = geteuid() == 0 ? try PostgresAccount() : nil
        user = account?.name
        if let elsewhere = try? FileManager.default.destinationOfSymbolicLink(atPath: cluster) {
            (data, link) = (elsewhere, nil)
        } else if account?.canReach(cluster.parentFolder) ?? true {
            (data, link) = (cluster, nil)
        } else {
            let name = cluster.split(separator: "/").joined(separator: "-")
            // Another cluster of that name may be all that is left of a suite whose directory was removed.
            let taken = (1...).prefix { access("\(Self.elsewhere)/\(name)-\($0)", F_OK) == 0 }.count
            (data, link) = ("\(Self.elsewhere)/\(name)-\(taken + 1)", cluster)
        }
        self.port = port
        self.password = password
        // The path of a Unix socket has at most 107 bytes; without one TCP does as well.
        socketFolder = data.utf8.count + "/.s.PGSQL.65535".utf8.count <= 107 ? data : ""
    }

    /// Connection URL for the services and for people with `psql`.
    var url: String { url(role: Self.role, database: Self.database) }

    private func url(role: String, database: String) -> String {
        let place = "postgres://\(role):\(password)@"
        guard !socketFolder.isEmpty else { return "\(place)127.0.0.1:\(port)/\(database)" }
        let folder = socketFolder.utf8.map { byte -> String in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain || [0x2D, 0x2E, 0x2F, 0x5F].contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return "\(place)/\(database)?host=\(folder.joined())&port=\(port)"
    }

    /// How the server is started; it stays in the foreground and stops fast, ending its sessions, on its farewell.
    var launch: ChildProcess.Launch {
        var settings = [
            "port=\(port)", "listen_addresses=127.0.0.1", "unix_socket_directories=\(socketFolder)",
            "unix_socket_permissions=0700",
            // Each lane of each service has a session of its own.
            "max_connections=300", "shared_buffers=\(ServerMemory.sharedBuffersMiB)MB", "max_wal_size=8GB",
            "jit=off", "TimeZone=UTC", "log_timezone=UTC", "log_line_prefix=%m [%p] ",
            "log_checkpoints=off", "cluster_name=wangge",
        ]
        // Which statements cost what, for operators and for the benchmark; part of PostgreSQL's own contrib package.
        if programs.hasStatementStatistics { settings.append("shared_preload_libraries=pg_stat_statements") }
        return ChildProcess.Launch(
            program: "\(programs.folder)/postgres", arguments: ["-D", data] + settings.flatMap { ["-c", $0] },
            environment: environment, user: user, farewell: .interrupt)
    }

    var exists: Bool { access(data + "/PG_VERSION", F_OK) == 0 }

    /// Makes the cluster, whole or not at all.
    func create() async throws {
        let draft = data + ".new"
        let passwordFile = data + ".password"
        try FileManager.default.createDirectory(atPath: data.parentFolder, withIntermediateDirectories: true)
        try? FileManager.default.removeItem(atPath: draft)
        mkdir(draft, 0o700)
        defer { unlink(passwordFile) }
        try SuiteDirectory.writePrivately(Array(password.utf8), to: passwordFile)
        if let account { try account.own([draft, passwordFile]) }
        let (ending, lines) = try await ChildProcess.run(
            ChildProcess.Launch(
                program: "\(programs.folder)/initdb",
                arguments: [
                    "-D", draft, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8",
                    // Texts are compared byte by byte.
                    "--locale=C.UTF-8", "--lc-collate=C",
                ], environment: environment, user: user))
        guard ending == .exit(0), rename(draft, data) == 0, link.map({ symlink(data, $0) == 0 }) ?? true else {
            throw CommandFailure(
                .unavailable, zh: "initdb 失败（\(ending)）：\n\(lines.suffix(6).joined(separator: "\n"))",
                en: "initdb failed (\(ending)):\n\(lines.suffix(6).joined(separator: "\n"))")
        }
    }

    /// Waits until the server takes connections; after a crash it recovers first.
    func waitUntilReady(isGivenUp: () async -> Bool) async throws {
        var last: any Error = CancellationError()
        for _ in 0..<1_200 {
            if await isGivenUp() { break }
            do {
                try session(database: "postgres").close()
                return
            } catch {
                last = error
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        throw CommandFailure(
            .unavailable, zh: "PostgreSQL 没有启动：\(last)", en: "PostgreSQL did not start: \(last)")
    }

    /// Makes the role, the database and its extension, where they are missing.
    func prepare() throws {
        let server = try session(database: "postgres")
        defer { server.close() }
        if try server.query("SELECT FROM pg_roles WHERE rolname = \(Self.role)").isEmpty {
            // The password has only hexadecimal digits.
            try server.executeScript("CREATE ROLE \(Self.role) LOGIN PASSWORD '\(password)'")
        }
        if try server.query("SELECT FROM pg_database WHERE datname = \(Self.database)").isEmpty {
            try server.executeScript("CREATE DATABASE \(Self.database) OWNER \(Self.role)")
        }
        let database = try session(database: Self.database)
        defer { database.close() }
        do throws(PostgresError) {
            try database.executeScript("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public")
        } catch {
            throw CommandFailure(
                .unavailable, zh: "数据库缺少 PostGIS，请运行 make setup：\(error)",
                en: "the server has no PostGIS; run make setup: \(error)")
        }
        if programs.hasStatementStatistics {
            try database.executeScript(
                """
                CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA public;
                GRANT pg_read_all_stats TO \(Self.role);
                """)
        }
    }

    private func session(database: String) throws -> PostgresSession {
        try SuiteOptions.quietSession(url(role: "postgres", database: database))
    }

    /// The server and its tools must not take the caller's own PostgreSQL settings for theirs.
    private var environment: [String: String] {
        Terminal.environment.filter { !$0.key.hasPrefix("PG") && !$0.key.hasPrefix("LC_") && $0.key != "LANG" }
            .merging(Self.allocation) { own, _ in own }
    }

    /// glibc gives memory back to the system after each batch and takes it again for the next, page by page: a
    /// twenty-fifth of the server's time. Up to this many bytes each session keeps what it had.
    private static let allocation = [
        "MALLOC_TRIM_THRESHOLD_": "16777216", "MALLOC_MMAP_THRESHOLD_": "16777216",
    ]
}

extension String {
    /// Everything before the last slash.
    fileprivate var parentFolder: String { String(self[..<(lastIndex(of: "/") ?? startIndex)]) }
}

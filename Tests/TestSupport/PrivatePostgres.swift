import Foundation
import Logging
import Postgres

/// A throw-away PostgreSQL server of a test's own, on a free port of 127.0.0.1 and a Unix socket.
///
/// The server ends and its files go when the process ends, however it ends: a small shell waits for that on a pipe.
/// Root cannot run PostgreSQL, so for root the server runs as user `postgres`.
public final class PrivatePostgres: @unchecked Sendable {
    // Safe: the two variables are guarded by `lock`; everything else is constant.
    private let lock = NSRecursiveLock()
    private var databases = 0
    private var hasPostgisTemplate = false

    /// Where the data, the log and the socket are.
    public let directory: String
    public let port: Int
    private let binaries: String
    private let durable: Bool
    private let inMemory: Bool
    private let environment: [String: String]
    private let watchdog: Watchdog

    private static let sharedServer = Result { try PrivatePostgres() }
    private static let postgisTemplate = "template_postgis"

    /// One server for all tests of the process.
    ///
    /// - Throws: ``PrivatePostgresError`` that says what to install when PostgreSQL is missing.
    public static func shared() throws -> PrivatePostgres { try sharedServer.get() }

    /// Makes a cluster and starts its server.
    ///
    /// - Parameters:
    ///   - durable: Whether commits reach the disk, as tests that kill the server need.
    ///   - inMemory: Whether the data lie in memory, where there is room for them: databases are copied in no time.
    ///   - preloading: Libraries that the server loads before its own.
    public init(durable: Bool = false, inMemory: Bool = false, preloading: [PreloadedLibrary] = []) throws {
        self.durable = durable
        self.inMemory = inMemory
        environment = PreloadedLibrary.environment(preloading)
        binaries = try PostgresBinaries.directory()
        port = try Self.freePort()
        // Short, because the path of a socket has at most 107 bytes.
        directory = "\(inMemory ? Self.memoryFolder : "/tmp")/wg-pg-\(getpid())-\(port)"
        try ServerUser.run("mkdir", ["-m", "700", directory])
        watchdog = try Watchdog(binaries: binaries, directory: directory)
        try ServerUser.run(
            "\(binaries)/initdb",
            ["-D", data, "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"])
        try start()
    }

    private var data: String { "\(directory)/data" }

    /// Where files are kept in memory, if at least 2 GiB are free there; otherwise where all files are.
    private static var memoryFolder: String {
        var space = statvfs()
        guard statvfs("/dev/shm", &space) == 0, space.f_bavail * UInt(space.f_frsize) >= 2 << 30 else { return "/tmp" }
        return "/dev/shm"
    }

    /// A connection URL over TCP, as the superuser.
    public func url(database: String = "postgres") -> String { "postgres://postgres@127.0.0.1:\(port)/\(database)" }

    /// A connection URL over the Unix socket.
    public func socketURL(database: String = "postgres") -> String {
        "postgres:///\(database)?host=\(directory)&port=\(port)&user=postgres"
    }

    /// Makes an empty database and returns its URL.
    public func createDatabase(postgis: Bool = false) throws -> String {
        try lock.withLock {
            databases += 1
            let name = "test_\(databases)"
            if postgis { try preparePostgisTemplate() }
            let template = postgis ? Self.postgisTemplate : "template0"
            try administer("CREATE DATABASE \(name) TEMPLATE \(template)", in: "postgres")
            return url(database: name)
        }
    }

    /// Makes a database with all that another one of this server holds, and returns its URL.
    ///
    /// Nobody may be connected to the other one meanwhile.
    public func copyDatabase(_ original: String) throws -> String {
        try lock.withLock {
            databases += 1
            let name = "test_\(databases)"
            // As files, without writing it all to the log: in memory that is faster than what became the default.
            let strategy = try hasCopyStrategies() ? "STRATEGY file_copy" : ""
            try administer(
                "CREATE DATABASE \(name) TEMPLATE \(Self.name(ofDatabase: original)) \(strategy)", in: "postgres")
            return url(database: name)
        }
    }

    /// Removes a database, ending its sessions.
    public func dropDatabase(_ url: String) throws {
        try administer("DROP DATABASE \(Self.name(ofDatabase: url)) WITH (FORCE)", in: "postgres")
    }

    private static func name(ofDatabase url: String) -> String {
        url.split(separator: "/").last.map(String.init) ?? url
    }

    /// Starts the server again after ``stop(immediate:)``, on the same port with the same data.
    public func start() throws {
        var options = ["port=\(port)", "listen_addresses=127.0.0.1", "unix_socket_directories=\(directory)"]
        options += ["max_connections=200", "shared_buffers=64MB", "TimeZone=UTC", "log_min_messages=warning"]
        options += ["wal_level=minimal", "max_wal_senders=0", "autovacuum_naptime=10s"]
        if !durable { options += ["fsync=off", "full_page_writes=off"] }
        let switches = options.map { "-c \($0)" }.joined(separator: " ")
        try ServerUser.run(
            "env",
            environment.map { "\($0.key)=\($0.value)" } + [
                "\(binaries)/pg_ctl", "-D", data, "-l", "\(directory)/log", "-o", switches, "-w", "-t", "30", "start",
            ])
    }

    /// Stops the server, ending its sessions.
    ///
    /// - Parameter immediate: As in a crash: nothing is written out, and the next start recovers from the log.
    public func stop(immediate: Bool = false) throws {
        try ServerUser.run(
            "\(binaries)/pg_ctl", ["-D", data, "-m", immediate ? "immediate" : "fast", "-w", "-t", "30", "stop"])
    }

    public func restart(immediate: Bool = false) throws {
        try stop(immediate: immediate)
        try start()
    }

    /// Whether the server's first process is there.
    public var isRunning: Bool {
        guard let pid = try? serverPID() else { return false }
        return kill(pid, 0) == 0 || errno == EPERM
    }

    /// The process number of the server's first process.
    public func serverPID() throws -> Int32 {
        let text = try ServerUser.output("cat", ["\(data)/postmaster.pid"])
        guard let first = text.split(separator: "\n").first, let pid = Int32(first) else {
            throw PrivatePostgresError("the server is not running")
        }
        return pid
    }

    private func preparePostgisTemplate() throws {
        guard !hasPostgisTemplate else { return }
        try administer("CREATE DATABASE \(Self.postgisTemplate) TEMPLATE template0", in: "postgres")
        try administer("CREATE EXTENSION postgis", in: Self.postgisTemplate)
        hasPostgisTemplate = true
    }

    private func hasCopyStrategies() throws -> Bool {
        guard inMemory else { return false }
        let session = try PostgresSession(PostgresSettings(url: url()), logger: Logger(label: "private-postgres"))
        defer { session.close() }
        return try session.query("SELECT current_setting('server_version_num')::int >= 150000").decode(Bool.self) == [
            true
        ]
    }

    private func administer(_ statement: String, in database: String) throws {
        let settings = try PostgresSettings(url: url(database: database))
        let session = try PostgresSession(settings, logger: Logger(label: "private-postgres"))
        defer { session.close() }
        try session.executeScript(statement)
    }

    private static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, size) == 0 ? getsockname(socket, generic, &size) : -1
            }
        }
        guard status == 0 else { throw PrivatePostgresError("no free port on 127.0.0.1") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// Why a test has no PostgreSQL.
public struct PrivatePostgresError: Error, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
}

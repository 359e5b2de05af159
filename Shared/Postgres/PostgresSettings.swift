import CLibpq

/// Where PostgreSQL is and how a session with it behaves.
///
/// Sessions never wait for ever: connecting, statements and locks have time limits, and a connection whose other end
/// has vanished is noticed after about 25 seconds by both ends: by the client, which connects anew, and by the server,
/// which lets go of the locks.
public struct PostgresSettings: Sendable {
    /// How the connection is protected; the meaning is libpq's `sslmode`.
    public enum SSLMode: String, Sendable {
        case disable, allow, prefer, require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    /// Longest wait for a connection, in seconds, per host; libpq's least is 2. Default 5.
    public var connectTimeoutSeconds = 5
    /// Longest run of one statement, in milliseconds; 0 is no limit. Default 30,000.
    public var statementTimeoutMilliseconds = 30_000
    /// Longest wait for one lock, in milliseconds; 0 is no limit. Default 10,000.
    public var lockTimeoutMilliseconds = 10_000
    /// The server ends a session that holds a transaction open idly for this long; 0 is no limit. Default 60,000.
    public var idleInTransactionTimeoutMilliseconds = 60_000
    /// Shown in `pg_stat_activity` and as the pool's name in metrics.
    public var applicationName = "wangge"
    /// Schemas searched for unqualified names; empty leaves the server's own default.
    public var searchPath: [String] = []
    /// Overrides the URL's `sslmode` when set.
    public var sslMode: SSLMode?
    /// Further run-time parameters. The time zone is UTC, so that `::date` means the same on every machine.
    public var parameters: [String: String] = ["TimeZone": "UTC"]
    /// Prepared statements kept per session before the least recently used is dropped. Default 256.
    public var statementCacheCapacity = 256

    /// For tests that cut a session at every point there is. Asked before each round trip with its statements: how many
    /// of them still reach the server before the connection is lost, their answers with it; nil lets it live.
    package var cut: (@Sendable (_ statements: [String]) -> Int?)?

    /// What the URL said, by libpq keyword. Holds the password, so it never leaves this module.
    private let keywords: [String: String]

    /// Understands `postgres://user:password@host:port/database?option=value`, several hosts, a Unix socket directory
    /// (`postgres:///database?host=/run/postgresql`) and libpq's `keyword=value` form.
    ///
    /// - Throws: ``PostgresError`` with code `settings`; its text never repeats the URL, which may hold a password.
    public init(url: String) throws(PostgresError) {
        guard !url.isEmpty, !url.utf8.contains(0) else {
            throw PostgresError(.settings, "the URL is empty or has U+0000")
        }
        guard let options = PQconninfoParse(url, nil) else {
            throw PostgresError(.settings, "the connection URL cannot be understood")
        }
        defer { PQconninfoFree(options) }
        var keywords: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { keywords[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.keywords = keywords
    }

    public var host: String { keywords["hostaddr"] ?? keywords["host"] ?? "local socket" }
    public var port: String { keywords["port"] ?? "5432" }
    public var user: String? { keywords["user"] }
    public var database: String? { keywords["dbname"] ?? user }
}

extension PostgresSettings {
    /// Every libpq keyword of a connection: the URL's, then this value's own.
    var connectionKeywords: [(name: String, value: String)] {
        var all = keywords
        all["connect_timeout"] = String(max(connectTimeoutSeconds, 2))
        all["application_name"] = applicationName
        all["fallback_application_name"] = nil
        all["client_encoding"] = "UTF8"
        // A peer that vanished is noticed after about 25 s instead of the kernel's two hours. Retransmissions come ever
        // more rarely, so a cut of ten seconds is over for the connection after thirteen, and it is kept.
        for (name, value) in [
            ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "25000"),
        ] where all[name] == nil {
            all[name] = value
        }
        if let sslMode { all["sslmode"] = sslMode.rawValue }
        all["options"] = ([keywords["options"]].compactMap { $0 } + [serverOptions]).joined(separator: " ")
        return all.map { (name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
    }

    /// The `-c name=value` switches a session starts with.
    private var serverOptions: String {
        var options = parameters
        // The server's end: what a vanished client had locked is free again when the client's next session asks for it.
        for (name, value) in [
            ("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", "25000"),
        ] where options[name] == nil {
            options[name] = value
        }
        options["statement_timeout"] = String(statementTimeoutMilliseconds)
        options["lock_timeout"] = String(lockTimeoutMilliseconds)
        options["idle_in_transaction_session_timeout"] = String(idleInTransactionTimeoutMilliseconds)
        if !searchPath.isEmpty {
            options["search_path"] = searchPath.map(SQL.quoted(identifier:)).joined(separator: ",")
        }
        return options.sorted { $0.key < $1.key }
            .map { "-c \($0.key)=\(Self.escapedForOptions($0.value))" }
            .joined(separator: " ")
    }

    private static func escapedForOptions(_ value: String) -> String {
        value.reduce(into: "") { escaped, character in
            if character == " " || character == "\\" { escaped.append("\\") }
            escaped.append(character)
        }
    }
}

extension PostgresSettings: CustomStringConvertible, CustomReflectable {
    /// User, host, port and database; never the password.
    public var description: String {
        "postgres://\(user.map { "\($0)@" } ?? "")\(host):\(port)/\(database ?? "")"
    }

    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}

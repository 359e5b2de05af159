/// What went wrong between this process and PostgreSQL.
///
/// `description` is bland on purpose: it names the kind of error, the SQLSTATE, the constraint and the step, never a
/// value, so it may be logged. The server's own words are in ``serverMessage`` and may quote data.
public struct PostgresError: Error, Sendable {
    /// The kind of error. More kinds may be added; switch with a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case connectionFailed, connectionLost, server, timeout, cancelled, poolExhausted, poolClosed
            case decoding, encoding, protocolViolation, misuse, settings
        }

        private let kind: Kind
        public var description: String { kind.rawValue }

        /// No connection could be made; nothing was sent.
        public static let connectionFailed = Code(kind: .connectionFailed)
        /// The connection broke while in use; what was sent may or may not have taken effect.
        public static let connectionLost = Code(kind: .connectionLost)
        /// The server refused the statement; see `sqlState`.
        public static let server = Code(kind: .server)
        /// The statement took longer than its statement timeout, or the server stayed silent for longer than that.
        public static let timeout = Code(kind: .timeout)
        /// The caller's task was cancelled, or somebody asked the server to stop the statement.
        public static let cancelled = Code(kind: .cancelled)
        /// No connection became free in time, or too many callers were waiting already.
        public static let poolExhausted = Code(kind: .poolExhausted)
        /// The pool has been shut down.
        public static let poolClosed = Code(kind: .poolClosed)
        /// A cell could not be read as the type asked for.
        public static let decoding = Code(kind: .decoding)
        /// A value cannot be sent, such as text with U+0000; nothing was sent.
        public static let encoding = Code(kind: .encoding)
        /// The server answered something this library does not expect.
        public static let protocolViolation = Code(kind: .protocolViolation)
        /// The API was used in an order that cannot work, such as a transaction after its end.
        public static let misuse = Code(kind: .misuse)
        /// The connection URL or a setting cannot be understood.
        public static let settings = Code(kind: .settings)
    }

    public var code: Code
    /// Five characters as in the appendix "PostgreSQL Error Codes"; nil unless the server answered.
    public var sqlState: String?
    /// Name of the violated constraint, if one was.
    public var constraint: String?
    /// Name of the table concerned, if the server said.
    public var table: String?
    /// The statement's label, if the caller gave one: which step of a pipeline failed.
    public var step: String?
    /// What happened, in words that hold no data.
    public var reason: String
    /// The server's or libpq's own message. It may quote data: never log it where personal data must not appear.
    public var serverMessage: String?
    /// Trying again later, unchanged, may succeed. After a lost connection the work may already have been done.
    public var isTransient: Bool
    /// The session is of no more use.
    public var isConnectionLost: Bool
    /// The prepared statement no longer fits the tables, or somebody deallocated it; preparing it anew mends it.
    var isStalePlan = false

    init(_ code: Code, _ reason: String, serverMessage: String? = nil) {
        self.code = code
        self.reason = reason
        self.serverMessage = serverMessage
        isConnectionLost = code == .connectionLost
        isTransient = [.connectionFailed, .connectionLost, .timeout, .poolExhausted].contains(code)
    }

    func labelled(_ label: String?) -> PostgresError {
        guard step == nil, let label else { return self }
        var copy = self
        copy.step = label
        return copy
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        var text = "PostgreSQL \(code): \(reason)"
        if let sqlState { text += " [\(sqlState)]" }
        if let constraint { text += ", constraint \(constraint)" }
        if let table { text += ", table \(table)" }
        if let step { text += ", step \(step)" }
        return text
    }
}

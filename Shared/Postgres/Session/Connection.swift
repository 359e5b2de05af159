import CLibpq
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One `PGconn` in non-blocking mode, with waits that end. Used on one thread.
final class Connection {
    let handle: OpaquePointer
    let canceller: PostgresCanceller
    private let logger: Logger
    /// The server ended the session; libpq may not have noticed yet.
    private(set) var isBroken = false
    /// Longest silence of the server while an answer is due; nil waits for ever.
    var patienceMilliseconds: Int?

    /// - Throws: ``PostgresError`` with code `connectionFailed`.
    init(_ settings: PostgresSettings, logger: Logger) throws(PostgresError) {
        self.logger = logger
        let keywords = settings.connectionKeywords
        let handle = Self.withCStrings(keywords.map(\.name)) { names in
            Self.withCStrings(keywords.map(\.value)) { values in PQconnectdbParams(names, values, 0) }
        }
        guard let handle else { throw PostgresError(.connectionFailed, "libpq is out of memory") }
        self.handle = handle
        canceller = PostgresCanceller(PQgetCancel(handle))
        guard PQstatus(handle) == CONNECTION_OK else {
            let message = lastMessage
            // libpq's words about a connection name hosts, users and causes, never data or passwords.
            let cause = message.split(separator: "\n").joined(separator: "; ")
            throw PostgresError(.connectionFailed, cause, serverMessage: message)
        }
        PQsetnonblocking(handle, 1)
        PQsetNoticeReceiver(handle, Self.receiveNotice, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { PQfinish(handle) }

    var isUsable: Bool { !isBroken && PQstatus(handle) == CONNECTION_OK }
    var transactionStatus: PGTransactionStatusType { PQtransactionStatus(handle) }
    var lastMessage: String { String(cString: PQerrorMessage(handle)) }
    func markBroken() { isBroken = true }

    /// Notices a connection that ended while nobody was waiting for it; costs one system call.
    func refreshState() {
        // The server's farewell comes first, the end of the stream after it.
        while isUsable, Self.poll(PQsocket(handle), Self.readable, milliseconds: 0) != 0 {
            if PQconsumeInput(handle) == 0 { isBroken = true }
        }
    }

    /// The next result, or nil at the end of a statement's results.
    ///
    /// - Throws: ``PostgresError`` with code `timeout` when the server stays silent; the connection is then broken.
    func nextResult() throws(PostgresError) -> ResultHandle? {
        while PQisBusy(handle) == 1 {
            let unsent = PQflush(handle)
            try wait(for: unsent == 1 ? Self.writable : Self.readable)
            // A broken connection is reported by PQgetResult, with the server's last words if it had any.
            if PQconsumeInput(handle) == 0 { break }
        }
        return PQgetResult(handle).map(ResultHandle.init)
    }

    /// Sends what libpq has buffered.
    func flush() throws(PostgresError) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                try wait(for: Self.writable)
                // The server may be unable to read before we have read.
                if PQconsumeInput(handle) == 0 { throw lost() }
            default: throw lost()
            }
        }
    }

    static let readable = Int32(POLLIN)
    /// Ready to write, or to read, which must come first when the server is waiting for us to.
    static let writable = Int32(POLLIN | POLLOUT)

    /// Waits until the socket is ready, an error, or the patience is over.
    func wait(for events: Int32) throws(PostgresError) {
        guard Self.poll(PQsocket(handle), events, milliseconds: patienceMilliseconds ?? -1) == 0 else { return }
        isBroken = true
        var error = PostgresError(.timeout, "the server stayed silent beyond the statement timeout")
        error.isConnectionLost = true
        throw error
    }

    /// The error for a connection that turned out to be broken.
    func lost() -> PostgresError {
        isBroken = true
        return PostgresError(.connectionLost, "the connection was lost", serverMessage: lastMessage)
    }

    /// The error an error result stands for; marks the connection broken if it is.
    func error(_ result: ResultHandle) -> PostgresError {
        let error = PostgresError(
            result: result, connectionIsBad: PQstatus(handle) != CONNECTION_OK,
            wasCancelled: canceller.stopWasRequested)
        // An error without an SQLSTATE is libpq's own, after which nothing is certain.
        if error.isConnectionLost || error.sqlState == nil { isBroken = true }
        if error.code == .cancelled { canceller.stopWasSeen() }
        return error
    }

    /// Returns 0 when nothing happened in time.
    static func poll(_ socket: Int32, _ events: Int32, milliseconds: Int) -> Int32 {
        var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
        let end = milliseconds < 0 ? Int64.max : MonotonicClock.nanoseconds + Int64(milliseconds) * 1_000_000
        while true {
            let left = end == .max ? -1 : max(0, (end - MonotonicClock.nanoseconds + 999_999) / 1_000_000)
            #if canImport(Glibc)
            let ready = Glibc.poll(&descriptor, 1, Int32(clamping: left))
            #elseif canImport(Musl)
            let ready = Musl.poll(&descriptor, 1, Int32(clamping: left))
            #else
            let ready = Darwin.poll(&descriptor, 1, Int32(clamping: left))
            #endif
            if ready >= 0 || errno != EINTR { return ready }
        }
    }

    private static let receiveNotice: PQnoticeReceiver = { context, result in
        guard let context, let result else { return }
        let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
        let text = String(cString: PQresultErrorMessage(result))
        connection.logger.debug("PostgreSQL notice", metadata: ["notice": "\(text)"])
    }

    /// A null-terminated array of C strings, as libpq's keyword lists are.
    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let pointers = copies.map { UnsafePointer($0) } + [nil]
        return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
}

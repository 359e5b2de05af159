import Dispatch
public import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What somebody said with NOTIFY.
public struct PostgresNotification: Hashable, Sendable {
    public var channel: String
    public var payload: String
    /// The server process that said it, so that a session can tell its own.
    public var backendPID: Int32

    public init(channel: String, payload: String, backendPID: Int32) {
        self.channel = channel
        self.payload = payload
        self.backendPID = backendPID
    }
}

/// Listens to channels on a connection of its own and reconnects by itself.
///
/// Notifications said while there was no connection are lost; ``onGap`` marks each moment from which on nothing is
/// missed, so whoever reads the tables there and then, and after every notification, misses nothing.
public final class PostgresListener: Sendable {
    private let settings: PostgresSettings
    private let channels: [String]
    private let logger: Logger
    private let onNotification: @Sendable (PostgresNotification) -> Void
    private let onGap: @Sendable () -> Void
    private let stopping = Atomic(false)
    private let listening = Atomic(false)
    private let ended = DispatchGroup()
    /// Written to at shutdown to end the wait for the server.
    private let wakePipe: (reader: Int32, writer: Int32)

    /// A silent connection is tried out this often, so that a vanished server is noticed.
    private static let keepAliveMilliseconds = 20_000

    /// Starts to listen on a thread of its own and returns at once.
    ///
    /// - Parameters:
    ///   - onNotification: Called on the listener's thread, in the order of the server. Should not block for long.
    ///   - onGap: Called on the same thread each time listening has begun, the first time included: what was said
    ///     before may have been missed.
    public init(
        _ settings: PostgresSettings, channels: [String], logger: Logger,
        onNotification: @escaping @Sendable (PostgresNotification) -> Void,
        onGap: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        self.channels = channels
        self.logger = logger
        self.onNotification = onNotification
        self.onGap = onGap
        var ends: [Int32] = [-1, -1]
        let status = pipe(&ends)
        precondition(status == 0, "the process has no more file descriptors")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wakePipe = (reader: ends[0], writer: ends[1])
        ended.enter()
        PostgresThread.start { self.run() }
    }

    deinit {
        close(wakePipe.reader)
        close(wakePipe.writer)
    }

    /// Whether notifications arrive now.
    public var isListening: Bool { listening.load(ordering: .acquiring) }

    /// Stops listening; no callback runs after it has returned. A listener lives until it is shut down.
    public func shutdown() async {
        stopping.store(true, ordering: .releasing)
        var byte: UInt8 = 1
        _ = write(wakePipe.writer, &byte, 1)
        await withCheckedContinuation { continuation in
            ended.notify(queue: .global()) { continuation.resume() }
        }
    }

    private var isStopping: Bool { stopping.load(ordering: .acquiring) }

    private func run() {
        var backoff = Backoff()
        while !isStopping {
            do {
                try listen { backoff = Backoff() }
            } catch {
                logger.warning("not listening to PostgreSQL", metadata: ["error": "\(error)"])
            }
            listening.store(false, ordering: .releasing)
            if !isStopping { pause(milliseconds: backoff.next()) }
        }
        ended.leave()
    }

    /// Connects and delivers until the connection is lost or the listener is stopped.
    private func listen(_ connected: () -> Void) throws(PostgresError) {
        let session = try PostgresSession(settings, logger: logger)
        for channel in channels {
            try session.executeScript("LISTEN \(SQL.quoted(identifier: channel))")
        }
        connected()
        listening.store(true, ordering: .releasing)
        onGap()
        while !isStopping {
            for notification in try session.receivedNotifications() { onNotification(notification) }
            switch waitForServer(session.socket) {
            case .readable: try session.receive()
            case .silent: try session.ping()
            case .woken: return
            }
        }
    }

    private enum Wake {
        case readable, silent, woken
    }

    private func waitForServer(_ socket: Int32) -> Wake {
        var descriptors = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakePipe.reader, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&descriptors, 2, Int32(Self.keepAliveMilliseconds))
        if descriptors[1].revents != 0 { return .woken }
        // An interrupted wait is harmless: reading finds nothing and the wait begins again.
        return ready == 0 ? .silent : .readable
    }

    private func pause(milliseconds: Int) {
        var descriptor = pollfd(fd: wakePipe.reader, events: Int16(POLLIN), revents: 0)
        _ = poll(&descriptor, 1, Int32(milliseconds))
    }
}

import Dispatch
import Logging
import Messages
import Postgres
import Synchronization
import Threads

/// Tells the readers of all processes that something was appended, from a thread and a session of its own.
///
/// A notice inside the appending transaction would make all commits wait for each other; one after it would cost each
/// batch a round trip. Here announcements that come together travel together, and those that come soon after another
/// wait for a moment: each wakes a session of every process, whatever that listens to, and at hundreds a second this
/// was a tenth of a small machine. While the database is away they are forgotten: readers look by themselves after an
/// idle wait.
final class LogAnnouncer: Sendable {
    /// Where everybody listens: to changes of the suite's clock, and to what concerns all lanes.
    static let channel = "wangge_log"
    /// Where those listen who read a topic: the others are not woken.
    static func channel(of topic: Topic) -> String { "\(channel):\(topic.name)" }
    /// A notice holds less than 8,000 bytes; beyond this it says "everything".
    private static let longestNotice = 7_000
    /// Least time between two announcements to other processes.
    private static let gapMilliseconds = 5

    private let settings: PostgresSettings
    private let hub: WakeHub
    private let logger: Logger
    private let bell = WakeHub.Bell()
    private let state = Mutex<(due: Set<TapeKey>, isStopping: Bool)>(([], false))
    private let finished = Latch()

    init(settings: PostgresSettings, hub: WakeHub, logger: Logger) {
        self.settings = settings
        self.hub = hub
        self.logger = logger
        DispatchQueue(label: "announcer").async { [self] in
            run()
            finished.open()
        }
    }

    /// Wakes this process's readers at once and the others' soon.
    func announce(_ keys: [TapeKey]) {
        state.withLock { $0.due.formUnion(keys) }
        bell.ring()
        for key in keys { hub.ring(topic: key.topic, partition: key.partition) }
    }

    /// Sends what is due and ends the session.
    func stop() {
        state.withLock { $0.isStopping = true }
        bell.ring()
        finished.wait()
    }

    private func run() {
        var session: PostgresSession?
        defer { session?.close() }
        var mayAnnounce = DispatchTime.now()
        while true {
            bell.wait(milliseconds: 60_000)
            pause(until: mayAnnounce)
            let (due, isStopping) = state.withLock { state in
                defer { state.due.removeAll(keepingCapacity: true) }
                return (state.due, state.isStopping)
            }
            if !due.isEmpty {
                session = send(due, over: session)
                mayAnnounce = .now() + .milliseconds(Self.gapMilliseconds)
            }
            if isStopping { return }
        }
    }

    /// - Returns: the session to use next.
    private func send(_ keys: Set<TapeKey>, over open: PostgresSession?) -> PostgresSession? {
        let notices = Dictionary(grouping: keys, by: \.topic).map { topic, keys in
            (
                channel: Self.channel(of: topic),
                text: keys.map { "\(topic.name):\($0.partition)" }.joined(separator: ",")
            )
        }
        do {
            let session =
                try open.flatMap { $0.isUsable ? $0 : nil } ?? PostgresSession(settings, logger: logger)
            try session.execute(
                """
                SELECT pg_notify(channel, CASE WHEN length(text) > \(Int32(Self.longestNotice)) THEN '' ELSE text END)
                FROM (SELECT \(rows: notices.map(\.channel), notices.map(\.text))) AS n (channel, text)
                """)
            return session
        } catch {
            logger.debug("an announcement was not sent", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

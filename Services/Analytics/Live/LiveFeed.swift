import City
import Logging
import Messages
import Postgres
import ServiceKit
import ServiceLifecycle

/// Watches the feed and tells the pages that listen: each new line, and how the current period then stands.
struct LiveFeed: Service {
    private static let lookEvery = Duration.milliseconds(200)
    private static let linesOfALook = 2_000
    private static let overviewEveryNanoseconds: Int64 = 1_000_000_000
    private static let keepAliveEveryNanoseconds: Int64 = 15_000_000_000

    let hub: LiveHub
    let pool: PostgresPool
    let desk: OverviewDesk
    let city: @Sendable () -> City
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { await watch() }
    }

    private func watch() async {
        var cursor: FeedCursor?
        /// When the last new line was read that no overview has been sent for; nil when pages know how things stand.
        var changedAt: Int64?
        var (overviewAt, keptAliveAt) = (Int64.min / 2, Clocks.monotonicNanoseconds())
        var isFailing = false
        while true {
            do { try await Task.sleep(for: Self.lookEvery) } catch { return }
            let now = Clocks.monotonicNanoseconds()
            if now - keptAliveAt >= Self.keepAliveEveryNanoseconds {
                keptAliveAt = now
                hub.send(ServerSentEvent.keepAlive)
            }
            do {
                if try await look(&cursor, now: now) { changedAt = Clocks.monotonicNanoseconds() }
                if let changed = changedAt, now - overviewAt >= Self.overviewEveryNanoseconds {
                    overviewAt = now
                    // The desk may have given one from before the change; then there is another to come.
                    if try await sendOverview() >= changed { changedAt = nil }
                }
                isFailing = false
            } catch {
                // Pages notice by themselves that nothing comes; the next look goes on where this one stopped.
                if !isFailing { logger.warning("the live feed cannot be read", metadata: ["error": "\(error)"]) }
                isFailing = true
            }
        }
    }

    /// Sends lines that are new. Nobody listening, it only notes how far the feed has come.
    ///
    /// - Returns: Whether there were any.
    private func look(_ cursor: inout FeedCursor?, now: Int64) async throws -> Bool {
        guard hub.hasListeners, var read = cursor else {
            let last = try await pool.withTransaction(readOnly: true) { try FeedStore.last($0) }
            cursor = FeedCursor(after: last)
            return false
        }
        let base = read.base
        let items = try await pool.withTransaction(readOnly: true) { transaction in
            try FeedStore.next(after: base, limit: Self.linesOfALook, in: transaction)
        }
        let fresh = items.filter { read.isNew($0.id) }
        read.advance(now: now)
        cursor = read
        let city = city()
        for item in fresh {
            var writer = JSONWriter()
            item.write(to: &writer, city: city)
            hub.send(ServerSentEvent.bytes("feed", json: writer.bytes))
        }
        return !fresh.isEmpty
    }

    /// - Returns: From when the overview is that was sent.
    private func sendOverview() async throws -> Int64 {
        let sheet = try await desk.overview()
        var writer = JSONWriter(capacity: 4_096)
        sheet.overview.writePart(to: &writer, city: sheet.city)
        hub.send(ServerSentEvent.bytes("overview", json: writer.bytes))
        return sheet.begunAt
    }
}

import Postgres
import Synchronization
import Testing

@Suite struct ListenerTests {
    /// What a listener has been told.
    private final class Heard: Sendable {
        let notifications = Mutex<[PostgresNotification]>([])
        let gaps = Atomic(0)

        var payloads: [String] { notifications.withLock { $0.map(\.payload) } }
        var gapCount: Int { gaps.load(ordering: .sequentiallyConsistent) }
    }

    private func listener(_ settings: PostgresSettings, _ channels: [String], _ heard: Heard) -> PostgresListener {
        PostgresListener(
            settings, channels: channels, logger: Fixture.logger,
            onNotification: { notification in heard.notifications.withLock { $0.append(notification) } },
            onGap: { heard.gaps.add(1, ordering: .sequentiallyConsistent) })
    }

    @Test func notificationsArriveInOrder() async throws {
        let session = try Fixture.session()
        let heard = Heard()
        let listener = listener(session.settings, ["cases", "Odd \"name\""], heard)
        #expect(await Fixture.eventually { heard.gapCount == 1 && listener.isListening })
        for number in 0..<100 { try session.execute("SELECT pg_notify('cases', \("\(number)"))") }
        try session.execute("SELECT pg_notify('other', 'x')")
        try session.execute("SELECT pg_notify(\("Odd \"name\""), '网')")
        #expect(await Fixture.eventually { heard.payloads.count == 101 })
        #expect(heard.payloads == (0..<100).map(String.init) + ["网"])
        let first = heard.notifications.withLock { $0.first }
        #expect(first == PostgresNotification(channel: "cases", payload: "0", backendPID: session.backendPID))
        await listener.shutdown()
        #expect(!listener.isListening && heard.gapCount == 1)
    }

    @Test func afterALossItListensAgainAndTellsTheGap() async throws {
        let session = try Fixture.session()
        let heard = Heard()
        var settings = session.settings
        settings.applicationName = "listener"
        let listener = listener(settings, ["cases"], heard)
        for loss in 1...3 {
            #expect(await Fixture.eventually { heard.gapCount == loss && listener.isListening })
            try session.execute("SELECT pg_notify('cases', \("\(loss)"))")
            #expect(await Fixture.eventually { heard.payloads.count == loss })
            try session.execute(
                """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE application_name = 'listener' AND datname = current_database()
                """)
        }
        #expect(await Fixture.eventually { heard.gapCount == 4 })
        await listener.shutdown()
    }

    @Test func itStopsWhileTheServerIsAway() async throws {
        let heard = Heard()
        let listener = try listener(PostgresSettings(url: "postgres://x@127.0.0.1:1/x"), ["cases"], heard)
        #expect(!listener.isListening)
        await listener.shutdown()
        #expect(heard.gapCount == 0)
    }
}

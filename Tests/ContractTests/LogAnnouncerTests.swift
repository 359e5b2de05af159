import Dispatch
import Messages
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import EventLog

/// How other processes hear that something was appended.
@Suite
struct LogAnnouncerTests {
    @Test("a burst is told in a few notices, and its last message too")
    func burst() async throws {
        let log = try await LogUnderTest(.postgres, partitions: 8)
        let heard = Mutex<[String]>([])
        let listener = PostgresListener(
            log.postgres, channels: [LogAnnouncer.channel(of: log.input)], logger: LogUnderTest.logger,
            onNotification: { notice in heard.withLock { $0.append(notice.payload) } }, onGap: {})
        try await eventually("listening") { listener.isListening }
        let announcer = LogAnnouncer(settings: log.postgres, hub: WakeHub(), logger: LogUnderTest.logger)
        let start = DispatchTime.now()
        for number in 0..<2_000 {
            announcer.announce([TapeKey(topic: log.input, partition: number < 1_999 ? number % 7 : 7)])
            if number % 20 == 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
        try await eventually("the last is told") { heard.withLock { $0.contains { $0.contains(":7") } } }
        let milliseconds = Int((DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1_000_000)
        #expect(heard.withLock(\.count) <= milliseconds / 5 + 2, "notices keep a distance of five milliseconds")
        announcer.stop()
        await listener.shutdown()
    }
}

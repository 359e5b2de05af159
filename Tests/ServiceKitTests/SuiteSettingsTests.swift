import EventLog
import ServiceKit
import Testing

@Suite struct SuiteSettingsTests {
    private func settings(_ environment: [String: String]) throws -> Settings {
        try Settings(
            SuiteSettings.declarations(.following), from: SettingSources(environment: environment))
    }

    @Test func `Lanes and log keep their own defaults`() throws {
        let settings = try settings([:])
        let (limits, keeping) = (SuiteSettings.limits(settings), SuiteSettings.retention(settings))
        #expect((limits.batch, limits.gatherMilliseconds) == (500, 10...50))
        #expect((keeping.hours, keeping.unreadHours) == (24, 168))
    }

    @Test(arguments: [("0ms", 0...0), ("4ms", 0...4), ("200ms", 40...200), ("1s", 200...1_000)])
    func `The least gathering is a fifth of the longest`(text: String, expected: ClosedRange<Int>) throws {
        #expect(SuiteSettings.limits(try settings(["EVENT_LOG_GATHER": text])).gatherMilliseconds == expected)
    }

    @Test func `Limits are taken from the environment`() throws {
        let settings = try settings([
            "EVENT_LOG_BATCH": "100", "EVENT_LOG_RETENTION_HOURS": "1", "EVENT_LOG_UNREAD_RETENTION_HOURS": "2",
        ])
        #expect(SuiteSettings.limits(settings).batch == 100)
        let keeping = SuiteSettings.retention(settings)
        #expect((keeping.hours, keeping.unreadHours) == (1, 2))
    }

    @Test(arguments: ["EVENT_LOG_BATCH": "0", "EVENT_LOG_GATHER": "2s", "EVENT_LOG_RETENTION_HOURS": "0"])
    func `What is out of range is refused by name`(name: String, value: String) {
        let error = #expect(throws: SettingsError.self) { try settings([name: value]) }
        #expect(error?.faults.map { $0.line(in: .en) }.joined().contains(name) == true)
    }
}

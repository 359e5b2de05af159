import City
import Foundation
import Postgres
import Testing

@testable import Rewards

@Suite("The ledger as a journal")
struct JournalTests {
    private static let days =
        CivilDay(year: 2026, month: 6, day: 1)...CivilDay(year: 2026, month: 6, day: 30)

    private static func entry(_ transfer: Int64, day: Int, _ owner: String, _ points: Int) -> Journal.Entry {
        Journal.Entry(
            transfer: transfer, day: CivilDay(year: 2026, month: 6, day: day), owner: PostCode(owner),
            kind: "valid-report", points: points, caseID: CaseID(40 + transfer), reviewer: PostCode("reviewer-1"))
    }

    private static let sample = Journal.export(
        days: days, opening: [PostCode("b"): 7],
        entries: [entry(1, day: 3, "a", 3), entry(2, day: 4, "网格员 1;x", 5)],
        closing: [PostCode("a"): 3, PostCode("b"): 7, PostCode("网格员 1;x"): 5])

    @Test("Opens with balances, lists what was posted, closes with what is kept")
    func text() {
        #expect(
            Self.sample == """
                ; Points earned by useful work, posted after review
                commodity 1. pt
                account scheme:pool
                account members:a
                account members:b
                account members:网格员%201%3Bx

                2026-06-01 * opening balances
                    members:b  7 pt
                    scheme:pool  -7 pt

                2026-06-03 * (1) valid-report  ; case: 41, reviewer: reviewer-1
                    members:a  3 pt
                    scheme:pool  -3 pt

                2026-06-04 * (2) valid-report  ; case: 42, reviewer: reviewer-1
                    members:网格员%201%3Bx  5 pt
                    scheme:pool  -5 pt

                2026-06-30 * closing balances
                    members:a  0 pt = 3 pt
                    members:b  0 pt = 7 pt
                    members:网格员%201%3Bx  0 pt = 5 pt
                    scheme:pool  0 pt = -15 pt

                """)
    }

    @Test("A ledger without entries is a journal too")
    func empty() {
        #expect(Journal.export(days: Self.days, opening: [:], entries: [], closing: [:]).hasSuffix("scheme:pool\n"))
    }

    @Test(
        "hledger agrees, and refuses a ledger that does not add up",
        .enabled(if: Hledger.path != nil, "hledger is not installed: apt-get install hledger"))
    func hledger() throws {
        #expect(try Hledger.check(Self.sample) == nil)
        let wrong = Self.sample.replacing("= 7 pt", with: "= 8 pt")
        #expect(try Hledger.check(wrong) != nil)
    }

    @Test("A journal of days begins where the one before ends, and each is in order")
    func ofTheDatabase() throws {
        let harness = try LedgerHarness(city: SampleCity.make())
        for day in 0..<6 {
            let now = local("2026-06-03 23:30").plus(days: day)
            var story = CaseStory(Int64(day + 1), finder: ["worker-a", "worker-b"][day % 2])
            try harness.handle([story.closeOnTheSpot(at: now)], now: now)
            guard let transfer = harness.transfers.last, day != 4 else { continue }
            try harness.review([transfer], .post, by: .first, now: now)
        }
        func journal(_ from: Int, _ to: Int) throws -> String {
            try harness.session.transaction(isolation: .repeatableRead, readOnly: true) {
                try LedgerReading.journal(
                    CivilDay(year: 2026, month: 6, day: from)...CivilDay(year: 2026, month: 6, day: to),
                    zone: harness.city.calendar.zone, in: $0)
            }
        }
        #expect(try journal(1, 30).contains("    scheme:pool  0 pt = -15 pt\n"))
        #expect(!(try journal(1, 30).contains("opening")))
        let (first, second) = (try journal(1, 5), try journal(6, 30))
        #expect(first.contains("2026-06-05 * closing balances\n    members:worker-a  0 pt = 6 pt\n"))
        #expect(second.contains("2026-06-06 * opening balances\n    members:worker-a  6 pt\n"))
        guard Hledger.path != nil else { return }
        #expect(try Hledger.check(first) == nil)
        #expect(try Hledger.check(second) == nil)
    }
}

/// The program on this machine, if there is one.
enum Hledger {
    static let path = ["/usr/bin/hledger", "/usr/local/bin/hledger"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// - Returns: What it objects to; nil when it agrees.
    static func check(_ journal: String) throws -> String? {
        let file = FileManager.default.temporaryDirectory.appending(path: "wg-\(UUID().uuidString).journal")
        try journal.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: path ?? "hledger")
        process.arguments = ["--file", file.path, "check", "--strict", "ordereddates"]
        process.environment = ["LANG": "C.UTF-8"]
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? nil : text
    }
}

import City
import Messages
import ServiceKit
import TestSupport
import Testing

extension EndToEnd {
    /// The command-centre page as a person sees it.
    @Suite
    struct BrowserTests {
        @Test(
            "the open page shows a case as it comes, and counts it",
            .enabled(if: HeadlessBrowser.program != nil, "needs chromium: run `make setup`"))
        func liveCase() async throws {
            let suite = try await SuiteUnderTest.over(.postgres)
            var generator = SeededGenerator(seed: freshSeed("browser"))
            let browser = try await HeadlessBrowser.open(
                suite.url(.analytics, "/"), directory: suite.directory)
            let reported = "[data-indicator=\"reported\"]"
            try await eventually("the page has figures") {
                try await figure(browser, reported) != nil
            }
            let before = try #require(try await figure(browser, reported))

            let publisher = PublisherClient(suite)
            var draft = ReportDraft(
                "browser-\(generator.next())", condition: ConditionCode("E0101-1"),
                place: suite.city.place(using: &generator))
            draft.title = "<img src=x onerror=document.title='taken'>垃圾"
            let number = try await publisher.caseNumber(try await publisher.submit(draft))
            let item = "[data-testid=\"feed-item\"][data-case=\"\(number)\"]"
            try await eventually("the case appears by itself") {
                try await browser.text(item)?.contains(draft.title) == true
            }
            try await eventually("and is counted") { try await figure(browser, reported) ?? 0 > before }
            #expect(try await browser.evaluate("document.title") != "taken", "words from outside are text")

            let staff = StaffClient(suite)
            try await staff.act("void", on: number, as: staff.dispatcher, #"{"reason":"演练"}"#, leadsTo: .void)
            try await eventually("its end appears too") {
                try await browser.text("\(item)[data-state=\"void\"]") != nil
            }
            await browser.close()
        }

        private func figure(_ browser: HeadlessBrowser, _ selector: String) async throws -> Int? {
            try await browser.text(selector).flatMap { Int($0.filter(\.isNumber)) }
        }
    }
}

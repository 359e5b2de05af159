import City
import Messages
import Testing

@testable import Analytics

@Suite("Periods and points")
struct PeriodTests {
    private static let today = CivilDay(year: 2025, month: 11, day: 17)

    @Test(
        "What is left out is taken from the present month",
        arguments: [
            (nil, nil, "2025-11-01…2025-11-17"), ("2025-11-05", nil, "2025-11-05…2025-11-17"),
            (nil, "2025-10-20", "2025-10-01…2025-10-20"), ("2025-12-03", nil, "2025-12-03…2025-12-03"),
            ("2024-02-01", "2024-02-29", "2024-02-01…2024-02-29"),
        ] as [(String?, String?, String)])
    func defaults(from: String?, to: String?, expected: String) throws {
        let period = try Period(from: from, to: to, today: Self.today)
        #expect("\(period.from)…\(period.to)" == expected)
    }

    @Test(
        "What is no period is refused",
        arguments: [
            ("2025-11-31", nil, .notADay(parameter: "from")), (nil, "17.11.2025", .notADay(parameter: "to")),
            ("", nil, .notADay(parameter: "from")), ("2025-11-02", "2025-11-01", .backwards),
            ("2020-01-01", "2025-01-01", .tooLong),
        ] as [(String?, String?, Period.Fault)])
    func faults(from: String?, to: String?, expected: Period.Fault) {
        #expect(throws: expected) { _ = try Period(from: from, to: to, today: Self.today) }
    }

    @Test("Days are counted with both ends")
    func days() throws {
        let period = try Period(from: "2024-02-27", to: "2024-03-01", today: Self.today)
        #expect(period.days.map(\.iso8601) == ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"])
        #expect(period.contains(CivilDay(year: 2024, month: 2, day: 29)))
        #expect(!period.contains(CivilDay(year: 2024, month: 3, day: 2)))
    }

    @Test("A claim is the same whatever its messages' order")
    func points() {
        func change(_ state: PointsChanged.State, _ seconds: Int64) -> PointsChanged {
            PointsChanged(
                transfer: 7, state: state, owner: PostCode("P"), kind: "handling", points: 3, caseID: CaseID(1),
                grid: nil, at: Timestamp(seconds: seconds), by: "p")
        }
        let (opened, posted) = (change(.pending, 10), change(.posted, 20))
        let facts = [[opened, posted], [posted, opened], [posted, opened, posted, opened]].map(PointsFact.digest)
        #expect(Set(facts).count == 1)
        #expect(facts[0].first?.state == .posted)
        #expect(facts[0].first?.openedAt == Timestamp(seconds: 10))
        #expect(facts[0].first?.resolvedAt == Timestamp(seconds: 20))
    }
}

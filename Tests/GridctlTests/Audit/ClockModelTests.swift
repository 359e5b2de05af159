import City
import Testing

@testable import Gridctl

/// The audit's own idea of when clocks fire, against moments worked out by hand.
@Suite struct ClockModelTests {
    private let city = SimulatedCity.city

    private func at(_ text: String) -> Timestamp { Timestamp(rfc3339: "2025-11-\(text):00+08:00") ?? .earliest }

    private func step(_ change: String, _ from: String?, _ to: String, _ time: String, by: String = "GW0001")
        -> CaseHistory.Step
    {
        CaseHistory.Step(change: change, from: from, to: to, at: at(time), recordedAt: at(time), by: by)
    }

    private func passed(_ steps: [CaseHistory.Step]) -> Set<String> {
        let history = CaseHistory(id: 1, condition: ConditionCode("E0101-1"), steps: steps)
        let marks = ClockModel.marks(of: history, city: city).filter { $0.isPassed(by: at("28T12:00")) }
        return Set(
            marks.map { "\($0.kind) \($0.mark) \($0.dueAt.rfc3339(in: city.calendar.zone).dropFirst(8).dropLast(9))" })
    }

    @Test func `A stage that ends in time is silent`() {
        #expect(
            passed([
                step("filed", nil, "filed", "03T09:00"), step("dispatched", "filed", "dispatched", "03T09:00"),
                step("accepted", "dispatched", "accepted", "03T09:05"),
                step("handled", "accepted", "handled", "03T10:00"),
                step("closed", "handled", "closed", "03T10:05"),
            ]) == [])
    }

    @Test func `Working hours pause at noon`() {
        #expect(
            passed([
                step("filed", nil, "filed", "03T09:00"), step("dispatched", "filed", "dispatched", "03T09:00"),
                step("accepted", "dispatched", "accepted", "03T09:05"),
                step("handled", "accepted", "handled", "03T15:00"),
            ]).isSuperset(of: ["handling yellow 03T11:05", "handling red 03T14:17"]))
    }

    @Test func `Whoever is done at the deadline is in time`() {
        let marks = passed([
            step("filed", nil, "filed", "03T09:00"), step("dispatched", "filed", "dispatched", "03T09:00"),
            step("accepted", "dispatched", "accepted", "03T09:15"), step("voided", "accepted", "void", "03T09:20"),
        ])
        #expect(!marks.contains("accept breach 03T09:15"))
        #expect(marks.contains("accept red 03T09:12"))
    }

    @Test(arguments: [("GW0001", "handling yellow 04T10:05"), ("GL0001", "handling yellow 04T10:10")])
    func `A return pauses handling; the same post goes on, another begins anew`(post: String, mark: String) {
        let marks = passed([
            step("filed", nil, "filed", "03T17:00"), step("dispatched", "filed", "dispatched", "03T17:00"),
            // 17:05 to 17:10: five minutes of the four hours are spent.
            step("accepted", "dispatched", "accepted", "03T17:05"),
            step("returned", "accepted", "returned", "03T17:10"),
            step("dispatched", "returned", "dispatched", "04T08:00", by: "DP0001"),
            step("accepted", "dispatched", "accepted", "04T08:10", by: post),
        ])
        #expect(marks.contains(mark))
    }
}

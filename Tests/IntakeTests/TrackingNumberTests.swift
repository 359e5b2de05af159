import City
import TestSupport
import Testing

@testable import Intake

@Suite("Tracking numbers")
struct TrackingNumberTests {
    @Test(
        "A number is the prefix, ten digits or more, and a check digit",
        arguments: [
            (0, "SMP-0000000000-0"), (1, "SMP-0000000001-2"), (1_000, "SMP-0000001000-5"), (6, "SMP-0000000006-1"),
            (12_345, "SMP-0000012345-6"), (5, "SMP-0000000005-X"), (98_765_432_109, "SMP-98765432109-X"),
        ] as [(Int64, String)])
    func text(id: Int64, expected: String) {
        #expect(TrackingNumber.text(of: ReportID(id), prefix: "SMP") == expected)
        #expect(TrackingNumber.report(expected, prefix: "SMP") == ReportID(id))
    }

    @Test("Every number comes back")
    func roundTrip() {
        let seed = freshSeed("tracking numbers")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let id = ReportID(
                Int64.random(in: 0...Int64.max, using: &random) >> Int64.random(in: 0...60, using: &random))
            let text = TrackingNumber.text(of: id, prefix: "XHG")
            #expect(TrackingNumber.report(text, prefix: "XHG") == id, "seed \(seed): \(text)")
            #expect(TrackingNumber.report(text, prefix: "SMP") == nil)
        }
    }

    @Test("One wrong digit, and two neighbours swapped, are always noticed")
    func mistyped() {
        for id in stride(from: Int64(1_000), to: 4_000_000, by: 7_919) {
            let digits = Array(TrackingNumber.text(of: ReportID(id), prefix: "SMP"))
            for position in 4..<14 {
                for digit in "0123456789" where digit != digits[position] {
                    var wrong = digits
                    wrong[position] = digit
                    #expect(TrackingNumber.report(String(wrong), prefix: "SMP") == nil, "\(String(wrong))")
                }
                guard position < 13, digits[position] != digits[position + 1] else { continue }
                var swapped = digits
                swapped.swapAt(position, position + 1)
                #expect(TrackingNumber.report(String(swapped), prefix: "SMP") == nil, "\(String(swapped))")
            }
        }
    }

    @Test(
        "What is not well formed stands for nothing",
        arguments: [
            "", "SMP", "SMP-1-2", "SMP-0000000001", "SMP-0000000001-", "SMP-0000000001-3", "smp-0000000001-2",
            "0000000001-2",
            "SMP-0000000001-2-", "SMP--0000000001-2", "SMP-+000000001-2", "SMP-00000000001-2", "SMP-000000000a-2",
            "SMP-99999999999999999999-1", "SMP-０００００００００１-2", " SMP-0000000001-2", "SMP-0000000005-x",
        ])
    func malformed(text: String) {
        #expect(TrackingNumber.report(text, prefix: "SMP") == nil)
    }
}

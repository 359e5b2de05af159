import Testing

@testable import Gridctl

@Suite struct MonthFiguresTests {
    @Test(arguments: [
        (8_793, 9_686, "90.8 %"), (0, 7, "0.0 %"), (7, 7, "100.0 %"), (9_629, 9_630, "99.9 %"), (1, 2_000, "0.1 %"),
        (0, 0, "–"),
    ])
    func `Shares are rounded half up, and only a full one reads 100 %`(
        numerator: Int64, denominator: Int64, text: String
    ) {
        #expect(MonthFigures.percent(numerator, denominator) == text)
    }
}

import City

/// The number a publisher tracks a report by: prefix, report number, check digit, as `XHG-0000012345-6`.
///
/// The check digit (weights 2 to 10 from the right, again and again, modulo 11, ten is `X`) tells a mistyped number from an
/// unknown one: one wrong digit or two swapped neighbours never go through.
enum TrackingNumber {
    static func text(of id: ReportID, prefix: String) -> String {
        let digits = String(id.value)
        let padded = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
        return "\(prefix)-\(padded)-\(check(id.value))"
    }

    /// The report a number stands for; nil when it is not well formed for this prefix.
    static func report(_ text: String, prefix: String) -> ReportID? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        // Written back, it must be the same: no sign, no further zeros, and the right check digit.
        guard parts.count == 3, let value = Int64(parts[1]), value >= 0,
            TrackingNumber.text(of: ReportID(value), prefix: prefix) == text
        else { return nil }
        return ReportID(value)
    }

    private static func check(_ value: Int64) -> String {
        var rest = value
        var sum: Int64 = 0
        var weight: Int64 = 2
        while rest > 0 {
            sum += rest % 10 * weight
            rest /= 10
            weight = weight == 10 ? 2 : weight + 1
        }
        let digit = sum % 11
        return digit == 10 ? "X" : String(digit)
    }
}

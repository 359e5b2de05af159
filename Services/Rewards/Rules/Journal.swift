import City

/// The ledger as an hledger journal: `hledger check` must agree with it.
///
/// Only posted transfers: what is pending is nobody's yet. Begins with the balances before its days and ends by asserting
/// the balances after them as they are kept, so that a ledger that does not add up is refused by whoever reads it.
enum Journal {
    /// A posted transfer.
    struct Entry: Hashable, Sendable {
        let transfer: Int64
        /// Day it was posted, in the city's time zone.
        let day: CivilDay
        let owner: PostCode
        let kind: String
        let points: Int
        let caseID: CaseID
        let reviewer: PostCode
    }

    private static let pool = "scheme:pool"

    /// - Parameters:
    ///   - days: Days of the entries.
    ///   - opening: Posted points by member before them; those without are left out.
    ///   - entries: In order of their days.
    ///   - closing: Posted points by member after them.
    static func export(
        days: ClosedRange<CivilDay>, opening: [PostCode: Int], entries: [Entry], closing: [PostCode: Int]
    ) -> String {
        var text = "; Points earned by useful work, posted after review\ncommodity 1. pt\naccount \(pool)\n"
        let owners = Set(entries.map(\.owner)).union(opening.keys).union(closing.keys).sorted()
        for owner in owners { text += "account \(account(owner))\n" }
        if !opening.isEmpty {
            text += "\n\(days.lowerBound) * opening balances\n"
            for owner in owners { if let points = opening[owner] { text += posting(account(owner), points) } }
            text += posting(pool, -opening.values.reduce(0, +))
        }
        for entry in entries {
            text += "\n\(entry.day) * (\(entry.transfer)) \(escaped(entry.kind))"
            text += "  ; case: \(entry.caseID), reviewer: \(escaped(entry.reviewer.rawValue))\n"
            text += posting(account(entry.owner), entry.points)
            text += posting(pool, -entry.points)
        }
        guard !owners.isEmpty else { return text }
        text += "\n\(days.upperBound) * closing balances\n"
        for owner in owners { text += posting(account(owner), 0, balance: closing[owner, default: 0]) }
        text += posting(pool, 0, balance: -closing.values.reduce(0, +))
        return text
    }

    private static func posting(_ account: String, _ points: Int, balance: Int? = nil) -> String {
        "    \(account)  \(points) pt" + (balance.map { " = \($0) pt" } ?? "") + "\n"
    }

    private static func account(_ owner: PostCode) -> String { "members:\(escaped(owner.rawValue))" }

    /// Codes are data: what hledger would read as its own syntax, and blanks and control characters, become `%XX`.
    private static func escaped(_ code: String) -> String {
        var text = ""
        for scalar in code.unicodeScalars {
            if scalar.value < 0x21 || scalar.value == 0x7F || ";:()[]*!%|,=@\"".unicodeScalars.contains(scalar) {
                text += "%" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16, uppercase: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

import City

/// The ledger as an hledger journal: `hledger check` must agree with it.
///
/// Only posted transfers: what is pending is nobody's yet. At the end each balance as it is kept is asserted.
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
        let reviewer: String
    }

    private static let pool = "Scheme:Pool"

    /// - Parameters:
    ///   - entries: In the order of their days.
    ///   - balances: Posted points by member.
    static func export(entries: [Entry], balances: [(owner: PostCode, points: Int)]) -> String {
        var text = "; Points earned for useful work, posted after review\ncommodity 1 pt\naccount \(pool)\n"
        for owner in Set(balances.map(\.owner)).union(entries.map(\.owner)).sorted() {
            text += "account \(account(owner))\n"
        }
        for entry in entries {
            text += """

                \(day(entry.day)) * (\(entry.transfer)) \(escaped(entry.kind))  ; case: \(entry.caseID), \
                reviewer: \(escaped(entry.reviewer))
                    \(account(entry.owner))  \(entry.points) pt
                    \(pool)  \(-entry.points) pt

                """
        }
        guard let last = entries.last?.day, !balances.isEmpty else { return text }
        text += "\n\(day(last)) * balances as they are kept\n"
        for (owner, points) in balances { text += "    \(account(owner))  0 pt = \(points) pt\n" }
        text += "    \(pool)  0 pt = \(-balances.reduce(0) { $0 + $1.points }) pt\n"
        return text
    }

    private static func day(_ day: CivilDay) -> String { day.description }
    private static func account(_ owner: PostCode) -> String { "Members:\(escaped(owner.rawValue))" }

    /// Codes are data: what hledger would read as its own syntax, and control characters, become `%XX`.
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

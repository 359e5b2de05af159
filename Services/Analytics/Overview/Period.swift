import City

/// Days, both included, by the city's calendar.
struct Period: Hashable, Sendable {
    /// More days than this make no readable picture, and a slow one.
    static let mostDays = 366

    /// Why a period was refused.
    enum Fault: Error, Hashable, Sendable {
        /// A day is not written `YYYY-MM-DD`, or is none.
        case notADay(parameter: String)
        /// It ends before it begins.
        case backwards
        case tooLong
    }

    let from: CivilDay
    let to: CivilDay

    init(from: CivilDay, to: CivilDay) throws(Fault) {
        guard from.daysSinceEpoch <= to.daysSinceEpoch else { throw .backwards }
        guard to.daysSinceEpoch - from.daysSinceEpoch < Self.mostDays else { throw .tooLong }
        self.from = from
        self.to = to
    }

    /// Reads a period; what is left out is taken from the month that ends with `today`.
    ///
    /// Without a beginning it begins with the month of its end. Without an end it ends today, or, when it begins later
    /// than that, on the day it begins.
    init(from: String?, to: String?, today: CivilDay) throws(Fault) {
        let first = try from.map { text throws(Fault) in try Period.day(text, "from") }
        let last = try to.map { text throws(Fault) in try Period.day(text, "to") }
        let end = last ?? max(today.daysSinceEpoch, first?.daysSinceEpoch ?? .min).day
        try self.init(from: first ?? CivilDay(year: end.year, month: end.month, day: 1), to: end)
    }

    /// All its days in order.
    var days: [CivilDay] { (from.daysSinceEpoch...to.daysSinceEpoch).map(\.day) }

    func contains(_ day: CivilDay) -> Bool {
        (from.daysSinceEpoch...to.daysSinceEpoch).contains(day.daysSinceEpoch)
    }

    private static func day(_ text: String, _ parameter: String) throws(Fault) -> CivilDay {
        guard let day = CivilDay(iso8601: text) else { throw .notADay(parameter: parameter) }
        return day
    }
}

extension Int {
    fileprivate var day: CivilDay { CivilDay(daysSinceEpoch: self) }
}

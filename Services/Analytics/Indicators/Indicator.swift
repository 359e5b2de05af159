import City

/// A figure the city is judged by: always a numerator, a denominator and a definition.
///
/// Table `analytics.indicator` says the same to analysts, and so does `docs/analysts.md`; tests compare all three.
struct Indicator: Hashable, Sendable {
    enum Unit: String, Sendable {
        /// The value is the numerator.
        case cases
        case points
        /// The value is numerator / denominator.
        case rate
    }

    enum Scope: String, Sendable {
        /// Cases reported, or points resolved, in a period.
        case period
        /// As things stand.
        case present
    }

    var id: String
    var unit: Unit
    var scope: Scope
    var numerator: Measure
    var denominator: Measure
    var name: LocalizedText
    var definition: LocalizedText
    /// The page shows today's figure beside that of the period.
    var isShownForToday = false
    /// The page has room for it; `GET /api/indicators` gives it in any case.
    var isOnPage = true

    static let all: [Indicator] = [
        Indicator(
            id: "reported", unit: .cases, scope: .period, numerator: .reported, denominator: .reports,
            name: LocalizedText(zh: "上报数", en: "Reported"),
            definition: LocalizedText(
                zh: "统计期内发现的案卷数，不含不予受理和作废；分母为反映这些案卷的上报件数（多件并案）。",
                en: """
                    Cases found in the period, without declined and void ones; the denominator counts the reports that \
                    told of them.
                    """), isShownForToday: true),
        Indicator(
            id: "on-the-spot-rate", unit: .rate, scope: .period, numerator: .onTheSpot, denominator: .reported,
            name: LocalizedText(zh: "现场处置率", en: "On-the-spot disposal"),
            definition: LocalizedText(
                zh: "发现人当场处置的案卷数 ÷ 上报案卷数。",
                en: "Cases that their finder handled in the same step ÷ cases reported."), isShownForToday: true),
        Indicator(
            id: "disposal-rate", unit: .rate, scope: .period, numerator: .handled, denominator: .due,
            name: LocalizedText(zh: "处置率", en: "Disposal rate"),
            definition: LocalizedText(
                zh: "已处置案卷数 ÷ 应处置案卷数。应处置：已处置、曾处置后返工，或处置时限已过。",
                en: """
                    Cases handled ÷ cases due: those handled, handled and sent back for rework, or past their handling \
                    deadline.
                    """)),
        Indicator(
            id: "on-time-rate", unit: .rate, scope: .period, numerator: .onTime, denominator: .due,
            name: LocalizedText(zh: "按期处置率", en: "On-time disposal"),
            definition: LocalizedText(
                zh: "按期处置案卷数 ÷ 应处置案卷数。按期：已处置且处置时限从未超期。",
                en: "Cases handled without ever missing a handling deadline ÷ cases due.")),
        Indicator(
            id: "closing-rate", unit: .rate, scope: .period, numerator: .closed, denominator: .due,
            name: LocalizedText(zh: "结案率", en: "Closing rate"),
            definition: LocalizedText(
                zh: "已结案数 ÷ 应结案数；应结案即应处置的案卷。",
                en: "Cases closed ÷ cases due to close, which are the cases due.")),
        Indicator(
            id: "rework-rate", unit: .rate, scope: .period, numerator: .reworked, denominator: .due,
            name: LocalizedText(zh: "返工率", en: "Rework rate"),
            definition: LocalizedText(
                zh: "至少返工一次的案卷数 ÷ 应结案数。",
                en: "Cases done again at least once ÷ cases due to close."), isOnPage: false),
        Indicator(
            id: "open", unit: .cases, scope: .present, numerator: .open, denominator: .inWork,
            name: LocalizedText(zh: "在办案卷", en: "Open cases"),
            definition: LocalizedText(
                zh: "此刻尚未办结的案卷数，不论何时上报；分母为统计期内上报与此刻在办案卷之和（不重复计）。",
                en: """
                    Cases not finished now, whenever reported; the denominator counts cases reported in the period or \
                    open now.
                    """)),
        Indicator(
            id: "overdue", unit: .cases, scope: .present, numerator: .overdue, denominator: .open,
            name: LocalizedText(zh: "超期未处置", en: "Overdue"),
            definition: LocalizedText(
                zh: "此刻处置时限已过而尚未处置的案卷数；分母为在办案卷数。",
                en: "Cases past a handling deadline and not handled now; the denominator counts open cases.")),
        Indicator(
            id: "points-posted", unit: .points, scope: .period, numerator: .pointsPosted, denominator: .pointsResolved,
            name: LocalizedText(zh: "发放积分", en: "Points posted"),
            definition: LocalizedText(
                zh: "统计期内审核通过的积分；分母为统计期内审结（通过、作废、过期）的积分。",
                en: """
                    Points whose claim was posted in the period; the denominator counts points posted, voided or \
                    expired in it.
                    """), isShownForToday: true),
    ]
}

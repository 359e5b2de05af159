import Messages

/// An indicator with its counts.
struct Reading: Hashable, Sendable {
    /// Whether the counts are of the period asked for, or of today or the present moment.
    enum Scope: String, Sendable {
        case period
        case today
    }

    var indicator: Indicator
    var scope: Scope
    var numerator: Int64
    var denominator: Int64

    init(_ indicator: Indicator, _ scope: Scope, of counts: Counts) {
        self.indicator = indicator
        self.scope = scope
        numerator = counts[indicator.numerator]
        denominator = counts[indicator.denominator]
    }

    /// Nil for a rate of nothing.
    var value: Double? {
        switch indicator.unit {
        case .cases, .points: Double(numerator)
        case .rate: denominator == 0 ? nil : Double(numerator) / Double(denominator)
        }
    }

    /// Every indicator: of the period, or of the present where it has no period, then today's beside those shown so.
    static func all(period: Counts, today: Counts) -> [Reading] {
        Indicator.all.flatMap { indicator -> [Reading] in
            let main = Reading(indicator, indicator.scope == .period ? .period : .today, of: period)
            return indicator.isShownForToday ? [main, Reading(indicator, .today, of: today)] : [main]
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", indicator.id)
            $0.field("name", indicator.name)
            $0.field("definition", indicator.definition)
            $0.field("numerator", numerator)
            $0.field("denominator", denominator)
            $0.key("value")
            if let value { $0.value(value) } else { $0.null() }
            $0.field("unit", indicator.unit.rawValue)
            $0.field("scope", scope.rawValue)
            // The columns an analyst finds both counts in.
            $0.key("counted")
            $0.object {
                $0.field("numerator", indicator.numerator.rawValue)
                $0.field("denominator", indicator.denominator.rawValue)
            }
        }
    }
}

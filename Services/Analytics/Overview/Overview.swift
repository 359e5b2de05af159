import City
import Messages

/// The figures of a period, and how things stand: what the command-centre page shows.
struct Overview: Sendable {
    /// Figures of one grid. Those of a grid count only what lies in no smaller one.
    struct GridFigures: Hashable, Sendable {
        var reported: Int64 = 0
        var handled: Int64 = 0
        var open: Int64 = 0
        var overdue: Int64 = 0
    }

    /// Open cases by the warning of their present stage.
    struct Warnings: Hashable, Sendable {
        var yellow: Int64 = 0
        var red: Int64 = 0
        var breached: Int64 = 0
    }

    var now: Timestamp
    var today: CivilDay
    var period: Period
    /// Of the period, with what is counted at present.
    var total = Counts()
    var todayTotal = Counts()
    var bySource: [SourceCode: Counts] = [:]
    var byCategory: [CategoryCode: Counts] = [:]
    var byDay: [CivilDay: Counts] = [:]
    /// Cases that are in no grid yet are under nil.
    var byGrid: [GridCode?: GridFigures] = [:]
    var warnings = Warnings()

    var readings: [Reading] { Reading.all(period: total, today: todayTotal) }
}

extension Overview {
    /// The whole, as `GET /api/overview` answers it.
    func write(to writer: inout JSONWriter, city: City) {
        writer.object {
            $0.key("city")
            $0.object {
                $0.field("code", city.profile.code)
                $0.field("name", city.profile.name)
            }
            $0.field("timeZone", city.profile.timeZone)
            $0.field("today", today.iso8601)
            writePeriod(to: &$0)
            writeHead(to: &$0, city: city, readings.filter(\.indicator.isOnPage))
            $0.key("bySource")
            $0.array(bySource.sorted { $0.key < $1.key }) {
                Self.write($1.value, code: $1.key.rawValue, name: city.name(of: $1.key), to: &$0)
            }
            $0.key("byCategory")
            $0.array(byCategory.sorted { $0.key < $1.key }) {
                Self.write($1.value, code: $1.key.rawValue, name: city.name(of: $1.key), to: &$0)
            }
            writeDays(to: &$0)
            writeGrids(to: &$0)
        }
    }

    /// The part that is pushed to pages: how the current period stands.
    func writePart(to writer: inout JSONWriter, city: City) {
        writer.object { writeHead(to: &$0, city: city, readings.filter(\.indicator.isOnPage)) }
    }

    /// Every indicator with its definition, as `GET /api/indicators` answers it.
    func writeIndicators(to writer: inout JSONWriter, city: City) {
        writer.object {
            writePeriod(to: &$0)
            writeHead(to: &$0, city: city, readings)
        }
    }

    private func writePeriod(to writer: inout JSONWriter) {
        writer.key("period")
        writer.object {
            $0.field("from", period.from.iso8601)
            $0.field("to", period.to.iso8601)
        }
    }

    private func writeHead(to writer: inout JSONWriter, city: City, _ readings: [Reading]) {
        writer.field("now", now)
        writer.field("policyVersion", city.profile.version)
        writer.key("indicators")
        writer.array(readings) { $1.write(to: &$0) }
        writer.key("warnings")
        writer.object {
            $0.field("yellow", warnings.yellow)
            $0.field("red", warnings.red)
            $0.field("breached", warnings.breached)
        }
    }

    private static func write(_ counts: Counts, code: String, name: LocalizedText, to writer: inout JSONWriter) {
        writer.object {
            $0.field("code", code)
            $0.field("name", name)
            $0.field("reported", counts[.reported])
            $0.field("handled", counts[.handled])
            $0.field("onTime", counts[.onTime])
        }
    }

    /// Every day of the period that has come, also those without a case.
    private func writeDays(to writer: inout JSONWriter) {
        let days = period.days.filter { $0.daysSinceEpoch <= today.daysSinceEpoch || byDay[$0] != nil }
        writer.key("byDay")
        writer.array(days) { writer, day in
            let counts = byDay[day] ?? Counts()
            writer.object {
                $0.field("day", day.iso8601)
                $0.field("reported", counts[.reported])
                $0.field("onTheSpot", counts[.onTheSpot])
                $0.field("handled", counts[.handled])
                $0.field("breached", counts[.breached])
            }
        }
    }

    private func writeGrids(to writer: inout JSONWriter) {
        let grids = byGrid.sorted { ($0.key?.rawValue ?? "") < ($1.key?.rawValue ?? "") }
        writer.key("byGrid")
        writer.array(grids) { writer, grid in
            writer.object {
                $0.key("grid")
                if let code = grid.key { $0.value(code) } else { $0.null() }
                $0.field("reported", grid.value.reported)
                $0.field("open", grid.value.open)
                $0.field("overdue", grid.value.overdue)
                $0.field("handled", grid.value.handled)
            }
        }
    }
}

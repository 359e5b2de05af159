import City
import ServiceKit

/// Shows how far a simulation has come: a bar where somebody watches, a line every few days where nobody does.
final class SimulationProgress {
    private let language: Language
    private let isInteractive: Bool
    private let zone: TimeZoneRules
    private let begin: Timestamp
    private let end: Timestamp
    private let events: Int
    private let clock = ContinuousClock()
    private let started: ContinuousClock.Instant
    private var shownAt: ContinuousClock.Instant?
    private var lineDay: CivilDay?

    private static let width = 28
    private static let daysPerLine = 3

    init(_ plan: MonthPlan, zone: TimeZoneRules, language: Language, isInteractive: Bool = Terminal.isInteractive) {
        self.language = language
        self.isInteractive = isInteractive
        self.zone = zone
        begin = plan.begin
        end = plan.end
        events = plan.publications.count
        started = clock.now
    }

    /// - Parameter published: Inputs published so far.
    func show(now: Timestamp, published: Int, acts: Int) {
        isInteractive ? drawBar(now, published, acts) : printLine(now, published, acts)
    }

    func finish() {
        if isInteractive { Terminal.write("\r\u{1B}[2K") }
    }

    private func drawBar(_ now: Timestamp, _ published: Int, _ acts: Int) {
        // Ten times a second is as often as anybody can read.
        if let shownAt, clock.now - shownAt < .milliseconds(100), now < end { return }
        shownAt = clock.now
        let part = part(now)
        let full = Int(part * Double(Self.width))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.width - full)
        Terminal.write("\r\u{1B}[2K\(bar) \(text(now, part, published, acts))")
    }

    private func printLine(_ now: Timestamp, _ published: Int, _ acts: Int) {
        let day = zone.day(of: now)
        if let lineDay, day.daysSinceEpoch - lineDay.daysSinceEpoch < Self.daysPerLine, now < end { return }
        lineDay = day
        Terminal.say("  " + text(now, part(now), published, acts))
    }

    private func part(_ now: Timestamp) -> Double {
        min(1, max(0, now.seconds(since: begin) / max(1, end.seconds(since: begin))))
    }

    private func text(_ now: Timestamp, _ part: Double, _ published: Int, _ acts: Int) -> String {
        let (day, second) = zone.local(now)
        let hour = second / 3_600 < 10 ? "0\(second / 3_600)" : String(second / 3_600)
        let gone = clock.now - started
        let seconds = Double(gone.components.seconds) + Double(gone.components.attoseconds) / 1e18
        let rate = Int(Double(published) / max(seconds, 0.001))
        let left = part > 0.02 ? Int(seconds / part - seconds) : nil
        let eta = left.map { language == .zh ? " · 剩余 \($0) 秒" : " · \($0) s left" } ?? ""
        return language == .zh
            ? "\(day) \(hour) 时 · 上报 \(published)/\(events) · 操作 \(acts) · \(rate) 条/秒\(eta)"
            : "\(day) \(hour)h · \(published)/\(events) events · \(acts) actions · \(rate)/s\(eta)"
    }
}

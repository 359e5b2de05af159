import City
import Dispatch
import Synchronization

/// By how much the suite's clock was ahead of monotonic time when a process first looked.
///
/// It outlives lanes and connections. A server that comes back with another time would otherwise be believed by
/// whoever connects to it anew.
final class ClockAnchor: Sendable {
    private let known = Mutex<ClosedRange<Int64>?>(nil)

    /// By how many seconds, at least, the clock has left its course; 0 when it need not have.
    ///
    /// What agrees with all that was known before makes that more exact: the first look may have taken long.
    func departure(of time: SuiteTime) -> Double {
        known.withLock { known in
            let lead = time.lead
            guard let before = known else {
                known = lead
                return 0
            }
            if lead.overlaps(before) {
                known = lead.clamped(to: before)
                return 0
            }
            let gap =
                lead.lowerBound > before.upperBound
                ? lead.lowerBound - before.upperBound : lead.upperBound - before.lowerBound
            return Double(gap) / 1e6
        }
    }
}

/// A lane's view of the suite's clock between two looks at the database, and a guard against jumps.
struct LaneClock {
    private let driftLimitSeconds: Double
    private let anchor: ClockAnchor
    private var latest: SuiteTime?
    /// Seconds by which wall and monotonic time have parted since the process first looked, when more than allowed.
    private(set) var drift: Double?
    /// The suite replays the past: its clock stands still or jumps, by intent.
    private(set) var isReplay = false

    init(driftLimitSeconds: Double, anchor: ClockAnchor) {
        self.driftLimitSeconds = driftLimitSeconds
        self.anchor = anchor
    }

    /// Notes what the database says the time is.
    ///
    /// - Returns: whether it says anything: from an answer that was under way for longer than clocks may part, nobody
    ///   can tell whether they have.
    @discardableResult
    mutating func note(_ time: SuiteTime) -> Bool {
        guard time.isReplay || time.uncertaintySeconds <= driftLimitSeconds else { return false }
        isReplay = time.isReplay
        latest = time
        let departure = isReplay ? 0 : anchor.departure(of: time)
        drift = abs(departure) > driftLimitSeconds ? departure : nil
        return true
    }

    /// For how long a look at the database's clock says what time it is: it may be set, or jump, meanwhile.
    private static let trustedNanoseconds: UInt64 = 2_000_000_000

    /// What the time may be by now, at the latest; nil when nobody looked lately.
    func estimate() -> Timestamp? {
        guard let latest, !isReplay else { return nil }
        let gone = DispatchTime.now().uptimeNanoseconds - latest.askedNanoseconds
        guard gone < Self.trustedNanoseconds else { return nil }
        return Timestamp(microseconds: latest.now.microseconds + Int64(gone / 1_000))
    }
}

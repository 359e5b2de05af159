import City
import Dispatch

/// A lane's view of the suite's clock between two looks at the database, and a guard against jumps.
struct LaneClock {
    private let driftLimitSeconds: Double
    private var anchor: (wall: Timestamp, monotonicNanoseconds: UInt64)?
    private var latest: (wall: Timestamp, monotonicNanoseconds: UInt64)?
    /// The suite replays the past: its clock stands still or jumps, by intent.
    private(set) var isReplay = false

    init(driftLimitSeconds: Double) { self.driftLimitSeconds = driftLimitSeconds }

    /// Notes what the database says the time is.
    mutating func note(_ time: SuiteTime, monotonicNanoseconds: UInt64 = DispatchTime.now().uptimeNanoseconds) {
        if time.isReplay != isReplay { anchor = nil }
        isReplay = time.isReplay
        latest = (time.now, monotonicNanoseconds)
        if anchor == nil { anchor = latest }
    }

    /// What the time should be by now.
    func estimate() -> Timestamp? {
        guard let latest, !isReplay else { return nil }
        let gone = DispatchTime.now().uptimeNanoseconds - latest.monotonicNanoseconds
        return Timestamp(microseconds: latest.wall.microseconds + Int64(gone / 1_000))
    }

    /// Seconds by which wall and monotonic time parted since the claim, when more than allowed.
    var drift: Double? {
        guard let anchor, let latest, !isReplay else { return nil }
        let wall = latest.wall.seconds(since: anchor.wall)
        let monotonic = Double(latest.monotonicNanoseconds - anchor.monotonicNanoseconds) / 1e9
        let difference = wall - monotonic
        return abs(difference) > driftLimitSeconds ? difference : nil
    }
}

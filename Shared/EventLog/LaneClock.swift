import City
import Dispatch
import Synchronization

/// What a process first knew of the suite's clock: the point from which wall and monotonic time are compared.
///
/// It outlives lanes and connections. A server that comes back with another time would otherwise be believed by
/// whoever connects to it anew.
final class ClockAnchor: Sendable {
    typealias Point = (wall: Timestamp, monotonicNanoseconds: UInt64)
    private let first = Mutex<Point?>(nil)

    /// The first point that was noted; `point` itself when none was.
    func anchor(_ point: Point) -> Point {
        first.withLock { first in
            if let first { return first }
            first = point
            return point
        }
    }
}

/// A lane's view of the suite's clock between two looks at the database, and a guard against jumps.
struct LaneClock {
    private let driftLimitSeconds: Double
    private let anchor: ClockAnchor
    private var latest: ClockAnchor.Point?
    /// Seconds by which wall and monotonic time have parted since the process first looked, when more than allowed.
    private(set) var drift: Double?
    /// The suite replays the past: its clock stands still or jumps, by intent.
    private(set) var isReplay = false

    init(driftLimitSeconds: Double, anchor: ClockAnchor) {
        self.driftLimitSeconds = driftLimitSeconds
        self.anchor = anchor
    }

    /// Notes what the database says the time is.
    mutating func note(_ time: SuiteTime, monotonicNanoseconds: UInt64 = DispatchTime.now().uptimeNanoseconds) {
        isReplay = time.isReplay
        let point: ClockAnchor.Point = (time.now, monotonicNanoseconds)
        latest = point
        drift = isReplay ? nil : drift(of: point)
    }

    private func drift(of point: ClockAnchor.Point) -> Double? {
        let anchor = anchor.anchor(point)
        // Several lanes note their points at once, so the anchor may be the later one.
        let monotonic = Double(Int64(bitPattern: point.monotonicNanoseconds &- anchor.monotonicNanoseconds)) / 1e9
        let difference = point.wall.seconds(since: anchor.wall) - monotonic
        return abs(difference) > driftLimitSeconds ? difference : nil
    }

    /// For how long a look at the database's clock says what time it is: it may be set, or jump, meanwhile.
    private static let trustedNanoseconds: UInt64 = 2_000_000_000

    /// What the time should be by now; nil when nobody looked lately.
    func estimate() -> Timestamp? {
        guard let latest, !isReplay else { return nil }
        let gone = DispatchTime.now().uptimeNanoseconds - latest.monotonicNanoseconds
        guard gone < Self.trustedNanoseconds else { return nil }
        return Timestamp(microseconds: latest.wall.microseconds + Int64(gone / 1_000))
    }
}

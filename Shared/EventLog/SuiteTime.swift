import City
import Dispatch
import Postgres

/// What the suite's clock said: the database's time, or the time of a replay.
struct SuiteTime {
    var now: Timestamp
    /// The suite replays the past: its clock stands still or jumps, by intent.
    var isReplay: Bool
    /// Between these monotonic moments of this process the clock said so. They lie apart when the database let it wait,
    /// or when the process stood still meanwhile.
    var askedNanoseconds: UInt64
    var toldNanoseconds: UInt64

    init(now: Timestamp, isReplay: Bool = false, askedNanoseconds: UInt64, toldNanoseconds: UInt64) {
        self.now = now
        self.isReplay = isReplay
        self.askedNanoseconds = askedNanoseconds
        self.toldNanoseconds = toldNanoseconds
    }

    /// Reads a row, just told, of the time and whether it is a replay's.
    init(_ rows: PostgresRows, asked: DispatchTime) throws {
        let told = DispatchTime.now()
        guard let row = rows.first else { throw LaneError(.unavailable, "the database gave no time") }
        let (now, isReplay) = try row.decode((PostgresTimestamp, Bool).self)
        self.init(
            now: Timestamp(microseconds: now.microseconds), isReplay: isReplay,
            askedNanoseconds: asked.uptimeNanoseconds, toldNanoseconds: told.uptimeNanoseconds)
    }

    /// Seconds that may lie between what the clock said and the moment it was heard.
    var uncertaintySeconds: Double { Double(toldNanoseconds - askedNanoseconds) / 1e9 }

    /// What the clock says by now at least, as far as can be known without asking again: never ahead of it.
    ///
    /// - Returns: nil in a replay, and when the answer is a second old or was under way for five milliseconds.
    func projected(to moment: DispatchTime = .now()) -> Timestamp? {
        let gone = moment.uptimeNanoseconds - toldNanoseconds
        guard !isReplay, gone < 1_000_000_000, uncertaintySeconds < 0.005 else { return nil }
        return Timestamp(microseconds: now.microseconds + Int64(gone / 1_000))
    }

    /// By how many microseconds the clock is ahead of monotonic time: not less than the first, not more than the last.
    var lead: ClosedRange<Int64> {
        let latest = now.microseconds - Int64(askedNanoseconds / 1_000)
        let earliest = now.microseconds - Int64(toldNanoseconds / 1_000)
        return min(earliest, latest)...latest
    }
}

/// Notices when the library has stopped fetching because enough was waiting, and it is time to go on.
///
/// Before librdkafka 2.2 the fetching thread looks again only once a second; a lane that empties the queue faster
/// would wait for it. Any request to the same broker wakes that thread.
struct Refill {
    var limit = 1
    /// The library's own limit by size, `queued.max.messages.kbytes`, as we set it.
    private static let limitBytes = 4 << 20
    private static let pauseMilliseconds = 20

    private var averageBytes = 0
    private var mayHaveStopped = false
    private var lastAsked: Instant?

    mutating func take(bytes: Int) { averageBytes += (bytes - averageBytes) / 16 }

    /// Takes note of the most that has waited since the last look. Suspects a stop well below the limits: what was
    /// there when the library looked is not known, and asking once too often costs less than a second of standstill.
    mutating func note(waiting: Int) {
        if 2 * waiting >= limit || waiting * averageBytes >= Refill.limitBytes / 2 { mayHaveStopped = true }
    }

    /// Whether to wake it now. `unread` is what the log holds beyond what waits here, as far as known.
    mutating func isDue(waiting: Int, batch: Int, unread: Int64) -> Bool {
        note(waiting: waiting)
        guard mayHaveStopped, unread > 0, waiting <= max(batch, limit / 2) else { return false }
        // A reader with nothing left would only wait, so it may as well ask.
        if waiting > 0, let lastAsked, lastAsked.ageMilliseconds < Refill.pauseMilliseconds { return false }
        mayHaveStopped = false
        lastAsked = Instant()
        return true
    }
}

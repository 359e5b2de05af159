/// How far the feed has been read, when its lines become visible in another order than they are numbered.
///
/// Lanes write side by side: line 7 may be committed after line 8 was read. So a gap is waited for before the reader
/// moves past it, and what was read beyond it is remembered.
struct FeedCursor: Sendable {
    /// A number that is still missing after this was most likely never used.
    static let patienceNanoseconds: Int64 = 10_000_000_000
    /// With more than this read beyond a gap it is not waited for any longer.
    static let mostAhead = 1_500

    /// Everything up to here has been read or given up.
    private(set) var base: Int64
    /// Numbers read beyond it.
    private var ahead: Set<Int64> = []
    private var gapSince: Int64?

    init(after base: Int64) { self.base = base }

    /// Whether a line is new, given the numbers read before. Call ``advance(now:)`` after a reading.
    mutating func isNew(_ id: Int64) -> Bool { id > base && ahead.insert(id).inserted }

    /// Moves on over what has been read without a gap, and over a gap that is old.
    ///
    /// - Parameter now: Nanoseconds that never run backwards.
    mutating func advance(now: Int64) {
        let before = base
        skipRead()
        guard let first = ahead.min() else {
            gapSince = nil
            return
        }
        if base != before || gapSince == nil { gapSince = now }
        if now - (gapSince ?? now) >= Self.patienceNanoseconds || ahead.count > Self.mostAhead {
            base = first - 1
            skipRead()
            gapSince = ahead.isEmpty ? nil : now
        }
    }

    private mutating func skipRead() {
        while ahead.remove(base + 1) != nil { base += 1 }
    }
}

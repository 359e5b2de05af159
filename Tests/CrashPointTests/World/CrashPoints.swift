import Synchronization

/// Where a run can be cut: before and after each statement on its way to the database, and before and after each record
/// on its way to the brokers.
///
/// The points are those the run passes, in order: a first run counts them, later ones strike at one each. So a handler
/// that gets a further statement gets a further crash point.
final class CrashPoints: Sendable {
    private struct State {
        var count = 0
        var commits = 0
        var strike: String?
        var isUnseen = false
        var onStrike: (@Sendable () -> Void)?
    }

    private let target: Int?
    private let state = Mutex(State())

    /// - Parameter target: The point to strike at, from 0; nil only counts.
    init(target: Int? = nil) { self.target = target }

    /// Points passed so far.
    var count: Int { state.withLock { $0.count } }
    /// Transactions sent so far to be committed.
    var commits: Int { state.withLock { $0.commits } }
    /// What was cut off; nil when nothing was yet.
    var strike: String? { state.withLock { $0.strike } }

    /// Whether there was a strike that nobody has seen to.
    func takeStrike() -> Bool {
        state.withLock { state in
            defer { state.isUnseen = false }
            return state.isUnseen
        }
    }

    var hasUnseenStrike: Bool { state.withLock { $0.isUnseen } }

    /// What else dies with the strike; called on the thread that is struck.
    func onStrike(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onStrike = body } }

    /// - Parameter things: What is about to happen, one after another.
    /// - Returns: how many of them still happen; nil when the strike is not here.
    func pass(_ things: [String]) -> Int? {
        let (kept, onStrike) = state.withLock { state -> (Int?, (@Sendable () -> Void)?) in
            let first = state.count
            state.count += things.count + 1
            if things.contains("COMMIT") { state.commits += 1 }
            guard let target, state.strike == nil, (first..<state.count).contains(target) else { return (nil, nil) }
            let kept = target - first
            state.strike = kept < things.count ? "before: \(things[kept])" : "after: \(things.last ?? "")"
            state.isUnseen = true
            return (kept, state.onStrike)
        }
        onStrike?()
        return kept
    }
}

import Metrics
import Synchronization

/// Counts the requests that are being handled, and lets none in beyond the maximum: they are answered 503 at once,
/// instead of making all of them slow.
final class RequestGate: Sendable {
    private let maximum: Int
    private let inside = Atomic<Int>(0)
    private let refused = Counter(label: "wangge.http.shed.requests")

    init(maximum: Int) { self.maximum = maximum }

    func enter() -> Bool {
        guard inside.wrappingAdd(1, ordering: .relaxed).newValue > maximum else { return true }
        leave()
        refused.increment()
        return false
    }

    func leave() { inside.wrappingSubtract(1, ordering: .relaxed) }
}

import Synchronization

/// Hands out 0, 1, 2 … to several workers, each once.
final class Turns: Sendable {
    private let next = Atomic(0)
    private let end: Int

    init(_ end: Int) { self.end = end }

    /// Nil when all are taken.
    func take() -> Int? {
        let turn = next.add(1, ordering: .relaxed).oldValue
        return turn < end ? turn : nil
    }
}

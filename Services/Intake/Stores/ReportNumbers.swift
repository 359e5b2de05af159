import Postgres
import Synchronization

/// Report numbers a process has taken and not used yet; what is left when it ends is skipped.
///
/// A transaction that fails gives no number back, so numbers outlive it.
final class ReportNumbers: Sendable {
    private let left = Mutex<Range<Int64>>(0..<0)

    /// A number that nobody else will ever get.
    func next(in transaction: PostgresTransaction) throws -> Int64 {
        if let number = left.withLock({ $0.popFirst() }) { return number }
        let taken = try ReportStore.takeNumbers(in: transaction)
        left.withLock { $0 = taken.dropFirst() }
        return taken.lowerBound
    }
}

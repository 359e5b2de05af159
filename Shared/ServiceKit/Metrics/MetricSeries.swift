import Metrics
import Synchronization

/// One line, or one histogram, of a metric: a metric name with one set of labels.
protocol MetricSeries: AnyObject, Sendable {
    func expose(name: String, labels: String, into text: inout String)
}

/// A sum that only grows. Whole and broken amounts are kept apart, so that whole ones stay exact.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler, MetricSeries {
    private let whole = Atomic<Int64>(0)
    private let broken = Atomic<UInt64>(0)

    func increment(by amount: Int64) { whole.wrappingAdd(amount, ordering: .relaxed) }
    func increment(by amount: Double) { broken.add(amount) }

    func reset() {
        whole.store(0, ordering: .relaxed)
        broken.store(0, ordering: .relaxed)
    }

    func expose(name: String, labels: String, into text: inout String) {
        let whole = whole.load(ordering: .relaxed)
        let broken = Double(bitPattern: broken.load(ordering: .relaxed))
        let value = broken == 0 ? String(whole) : MetricName.number(Double(whole) + broken)
        text += Exposition.line(name, labels, value)
    }
}

/// A value that goes up and down.
final class GaugeSeries: RecorderHandler, MeterHandler, MetricSeries {
    private let value = Atomic<UInt64>(0)

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.store(value.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) { value.add(amount) }
    func decrement(by amount: Double) { value.add(-amount) }

    func expose(name: String, labels: String, into text: inout String) {
        let value = Double(bitPattern: value.load(ordering: .relaxed))
        text += Exposition.line(name, labels, MetricName.number(value))
    }
}

/// How often values fell below each of a row of bounds, their number and their sum.
final class HistogramSeries: TimerHandler, RecorderHandler, MetricSeries {
    private struct State {
        var counts: [Int64]
        var sum: Double = 0
    }

    /// Upper bounds, ascending; the last bucket, without bound, comes after them.
    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func expose(name: String, labels: String, into text: inout String) {
        let state = state.withLock { $0 }
        let prefix = labels.isEmpty ? "" : labels + ","
        var count: Int64 = 0
        for (bound, bucket) in zip(bounds + [.infinity], state.counts) {
            count += bucket
            text += Exposition.line("\(name)_bucket", "\(prefix)le=\"\(MetricName.number(bound))\"", String(count))
        }
        text += Exposition.line("\(name)_sum", labels, MetricName.number(state.sum))
        text += Exposition.line("\(name)_count", labels, String(count))
    }
}

extension Atomic where Value == UInt64 {
    /// Adds to a number kept by its bit pattern.
    fileprivate borrowing func add(_ amount: Double) {
        var current = load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: current) + amount).bitPattern
            let (exchanged, original) = weakCompareExchange(expected: current, desired: sum, ordering: .relaxed)
            if exchanged { return }
            current = original
        }
    }
}

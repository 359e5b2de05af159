public import Metrics
import Synchronization

/// Keeps the process's metrics and writes them for Prometheus.
///
/// Counters get the suffix `_total`, timers become histograms in seconds with the suffix `_seconds`, recorders that
/// aggregate become histograms, gauges and meters stay as they are. The same label and dimensions give the same
/// series. A metric holds at most `seriesCap` series: further ones are not kept, and are counted in
/// `wangge_metrics_dropped_series_total`.
public final class MetricsRegistry: MetricsFactory, Sendable {
    /// Upper bounds of a timer's histogram, in seconds.
    public static let standardBuckets: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private struct Family {
        let kind: MetricKind
        var series: [String: any MetricSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var helps: [String: String] = [:]
        var buckets: [String: [Double]] = [:]
        var dropped: [String: Int64] = [:]
        var collectors: [@Sendable () -> [MetricSample]] = []
    }

    private let seriesCap: Int
    private let state = Mutex(State())

    public init(seriesCap: Int = 2_000) { self.seriesCap = seriesCap }

    /// The registry of the process, which all swift-metrics calls reach; made and installed on first use.
    public static let process: MetricsRegistry = {
        let registry = MetricsRegistry()
        _ = ProcessMetrics.startTimeSeconds
        registry.collect(ProcessMetrics.read)
        MetricsSystem.bootstrap(registry)
        return registry
    }()

    /// Gives a metric a line of explanation, under the name it is exposed with.
    public func describe(_ exposedName: String, _ help: String) {
        state.withLock { $0.helps[exposedName] = help }
    }

    /// Sets the upper bounds of a histogram, ascending; call before its first value. `label` is the name in code.
    public func setBuckets(_ bounds: [Double], for label: String) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds ascend")
        state.withLock { $0.buckets[label] = bounds }
    }

    /// Adds values that are read each time the metrics are; must be quick and not call back into the registry.
    public func collect(_ read: @escaping @Sendable () -> [MetricSample]) {
        state.withLock { $0.collectors.append(read) }
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, "_total", dimensions, .counter) { _ in CounterSeries() } ?? NOOPMetricsHandler.instance
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, "_total", dimensions, .counter) { _ in CounterSeries() } ?? NOOPMetricsHandler.instance
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, "", dimensions, .gauge) { _ in GaugeSeries() } ?? NOOPMetricsHandler.instance
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else {
            return series(label, "", dimensions, .gauge) { _ in GaugeSeries() } ?? NOOPMetricsHandler.instance
        }
        return series(label, "", dimensions, .histogram, make: HistogramSeries.init) ?? NOOPMetricsHandler.instance
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, "_seconds", dimensions, .histogram, make: HistogramSeries.init) ?? NOOPMetricsHandler.instance
    }

    // Series are shared by everybody who asks for the same name, so nobody may take one away.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of that name and labels; nil when the metric is full or the name has another kind.
    private func series<Series: MetricSeries>(
        _ label: String, _ suffix: String, _ dimensions: [(String, String)], _ kind: MetricKind,
        make: ([Double]) -> Series
    ) -> Series? {
        let name = MetricName.exposed(label, suffix: suffix)
        let labels = MetricName.labels(dimensions)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind)
            if let known = family.series[labels] as? Series { return known }
            guard family.kind == kind, family.series[labels] == nil, family.series.count < seriesCap else {
                state.dropped[name, default: 0] += 1
                return nil
            }
            let new = make(state.buckets[label] ?? Self.standardBuckets)
            // Emptied first, so that the dictionary is not copied when the family is changed.
            state.families[name] = nil
            family.series[labels] = new
            state.families[name] = family
            return new
        }
    }

    // MARK: Exposition

    /// All metrics in Prometheus' text format, names and series in alphabetical order.
    public func exposition() -> String {
        let (families, helps, dropped, collectors) = state.withLock { state in
            (state.families, state.helps, state.dropped, state.collectors)
        }
        var blocks: [String: String] = [:]
        for (name, family) in families {
            var text = Exposition.head(name, family.kind, help: helps[name])
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.expose(name: name, labels: labels, into: &text)
            }
            blocks[name] = text
        }
        for sample in collectors.flatMap({ $0() }) {
            let head = Exposition.head(sample.name, sample.kind, help: helps[sample.name] ?? sample.help)
            blocks[sample.name, default: head] += Exposition.line(
                sample.name, MetricName.labels(sample.labels), MetricName.number(sample.value))
        }
        if !dropped.isEmpty {
            let name = "wangge_metrics_dropped_series_total"
            let help = "Series that were not kept because the metric had too many or another type."
            var text = Exposition.head(name, .counter, help: help)
            for (metric, count) in dropped.sorted(by: { $0.key < $1.key }) {
                text += Exposition.line(name, MetricName.labels([("metric", metric)]), String(count))
            }
            blocks[name] = text
        }
        return blocks.sorted { $0.key < $1.key }.map(\.value).joined()
    }
}

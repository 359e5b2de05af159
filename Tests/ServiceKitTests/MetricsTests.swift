import Metrics
import Testing

@testable import ServiceKit

@Suite struct MetricsTests {
    let registry = MetricsRegistry()

    @Test func exposesEveryKindExactly() {
        Counter(label: "messaging.client.sent.messages", dimensions: [("topic", "cases")], factory: registry).increment(
            by: 3)
        Counter(label: "messaging.client.sent.messages", dimensions: [("topic", "reports")], factory: registry)
            .increment()
        FloatingPointCounter(label: "wangge.points", factory: registry).increment(by: 1.5)
        Gauge(label: "wangge.open.cases", factory: registry).record(42)
        let meter = Meter(label: "http.server.active_requests", factory: registry)
        meter.increment()
        meter.increment()
        meter.decrement()
        let timer = Metrics.Timer(
            label: "http.server.request.duration", dimensions: [("http.route", "/a"), ("code", "200")],
            factory: registry)
        timer.recordMilliseconds(4)
        timer.recordMilliseconds(500)
        timer.recordSeconds(60)
        registry.describe("wangge_open_cases", "Cases that are open,\nby the \\ book")
        #expect(
            registry.exposition() == #"""
                # TYPE http_server_active_requests gauge
                http_server_active_requests 1
                # TYPE http_server_request_duration_seconds histogram
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="0.005"} 1
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="0.01"} 1
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="0.025"} 1
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="0.05"} 1
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="0.1"} 1
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="0.25"} 1
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="0.5"} 2
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="1"} 2
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="2.5"} 2
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="5"} 2
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="10"} 2
                http_server_request_duration_seconds_bucket{code="200",http_route="/a",le="+Inf"} 3
                http_server_request_duration_seconds_sum{code="200",http_route="/a"} 60.504
                http_server_request_duration_seconds_count{code="200",http_route="/a"} 3
                # TYPE messaging_client_sent_messages_total counter
                messaging_client_sent_messages_total{topic="cases"} 3
                messaging_client_sent_messages_total{topic="reports"} 1
                # HELP wangge_open_cases Cases that are open,\nby the \\ book
                # TYPE wangge_open_cases gauge
                wangge_open_cases 42
                # TYPE wangge_points_total counter
                wangge_points_total 1.5

                """#)
    }

    @Test func escapesLabelsAndNames() {
        Counter(label: "9 lives", dimensions: [("a-b", "q\"uo\\te\nline 街道")], factory: registry).increment()
        #expect(
            registry.exposition() == #"""
                # TYPE _9_lives_total counter
                _9_lives_total{a_b="q\"uo\\te\nline 街道"} 1

                """#)
    }

    @Test func sameNameAndLabelsAreOneSeries() {
        Counter(label: "x", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "x", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(registry.exposition().contains("x_total{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test func seriesAreCapped() {
        let registry = MetricsRegistry(seriesCap: 2)
        for id in 0..<5 { Counter(label: "x", dimensions: [("id", "\(id)")], factory: registry).increment() }
        Gauge(label: "x_total", factory: registry).record(9)
        #expect(
            registry.exposition() == """
                # HELP wangge_metrics_dropped_series_total Series that were not kept because the metric had too many \
                or another type.
                # TYPE wangge_metrics_dropped_series_total counter
                wangge_metrics_dropped_series_total{metric="x_total"} 4
                # TYPE x_total counter
                x_total{id="0"} 1
                x_total{id="1"} 1

                """)
    }

    @Test func bucketsCanBeChosen() {
        registry.setBuckets([1, 10], for: "batch.size")
        let recorder = Recorder(label: "batch.size", factory: registry)
        for value in [1, 2, 11] { recorder.record(value) }
        #expect(
            registry.exposition() == """
                # TYPE batch_size histogram
                batch_size_bucket{le="1"} 1
                batch_size_bucket{le="10"} 2
                batch_size_bucket{le="+Inf"} 3
                batch_size_sum 14
                batch_size_count 3

                """)
    }

    @Test func nothingIsLostBetweenThreads() async {
        let counter = Counter(label: "n", factory: registry)
        let points = FloatingPointCounter(label: "p", factory: registry)
        let timer = Metrics.Timer(label: "t", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<2_000 {
                        counter.increment()
                        points.increment(by: 0.5)
                        timer.recordNanoseconds(1)
                    }
                }
            }
        }
        let text = registry.exposition()
        #expect(text.contains("n_total 16000\n"))
        #expect(text.contains("p_total 8000\n"))
        #expect(text.contains("t_seconds_count 16000\n"))
    }

    @Test func processMetricsAreRead() throws {
        let samples = Dictionary(uniqueKeysWithValues: ProcessMetrics.read().map { ($0.name, $0.value) })
        #expect(try #require(samples["process_cpu_seconds_total"]) > 0)
        #expect(try #require(samples["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(samples["process_open_fds"]) >= 3)
        #expect(try #require(samples["process_start_time_seconds"]) > 1_700_000_000)
    }

    @Test(arguments: [
        (Double.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (0.25, "0.25"), (3, "3"), (-2, "-2"),
    ])
    func numbers(value: Double, text: String) { #expect(MetricName.number(value) == text) }
}

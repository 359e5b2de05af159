import HTTPTypes
import Hummingbird

/// What operators, probes and Prometheus ask.
enum OperationsRoutes {
    static let paths: Set<String> = ["/health", "/health/live", "/health/ready", "/metrics"]

    static func add(to routes: RouteSet, health: HealthRegistry, metrics: MetricsRegistry) {
        routes.get("/health/live") { _, _ in response(health.live()) }
        routes.get("/health/ready") { _, _ in response(await health.ready()) }
        routes.get("/health") { _, _ in response(await health.ready()) }
        routes.get("/metrics") { _, _ in
            Response.bytes(metrics.exposition().utf8, contentType: Exposition.contentType)
        }
    }

    private static func response(_ report: HealthReport) -> Response {
        Response.json(report.json(), status: report.isOK ? .ok : .serviceUnavailable)
    }
}

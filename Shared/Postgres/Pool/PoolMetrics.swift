import Metrics

/// What a pool reports, under OpenTelemetry's names for database clients.
struct PoolMetrics: Sendable {
    private let idle: Gauge
    private let used: Gauge
    private let pending: Gauge
    private let waitTime: Timer

    init(name: String) {
        let pool = ("db.client.connection.pool.name", name)
        idle = Gauge(label: "db.client.connection.count", dimensions: [pool, ("db.client.connection.state", "idle")])
        used = Gauge(label: "db.client.connection.count", dimensions: [pool, ("db.client.connection.state", "used")])
        pending = Gauge(label: "db.client.connection.pending_requests", dimensions: [pool])
        waitTime = Timer(label: "db.client.connection.wait_time", dimensions: [pool])
    }

    func counted(open: Int, busy: Int, waiting: Int) {
        let inUse = min(open, busy)
        used.record(inUse)
        idle.record(open - inUse)
        pending.record(waiting)
    }

    func waited(nanoseconds: Int64) { waitTime.recordNanoseconds(nanoseconds) }
}

import Metrics

/// How long the database takes, as seen from here.
struct SessionMetrics {
    let query: Timer
    let copy: Timer
    let commit: Timer

    init(name: String) {
        func timer(_ operation: String) -> Timer {
            Timer(
                label: "db.client.operation.duration",
                dimensions: [("db.client.connection.pool.name", name), ("db.operation.name", operation)])
        }
        query = timer("query")
        copy = timer("copy")
        commit = timer("commit")
    }

}

extension Timer {
    /// Runs `body` and records its duration, whether it succeeds or throws.
    func measure<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let start = MonotonicClock.nanoseconds
        defer { recordNanoseconds(MonotonicClock.nanoseconds - start) }
        return try body()
    }
}

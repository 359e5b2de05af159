import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Synchronization

/// Measures every request and writes one access line: the route's template, never the path, the query or the body.
///
/// A request that was answered well and soon is counted like all others, but its line is for those who look closely
/// (`debug`): one for each report would be a good part of what accepting it costs, and would hide those that matter.
final class RequestObservation: Sendable {
    /// From here on a request is slow.
    private static let slowNanoseconds: Int64 = 1_000_000_000

    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private let active = Meter(label: "http.server.active_requests")
    /// Kept so that a request does not build them anew.
    private let timers = Mutex<[Key: Metrics.Timer]>([:])

    /// - Returns: Monotonic nanoseconds, to be given to ``end(_:_:_:since:)``.
    func begin() -> Int64 {
        active.increment()
        return Clocks.monotonicNanoseconds()
    }

    func end(_ request: Request, _ context: WanggeRequestContext, _ status: HTTPResponse.Status, since start: Int64) {
        active.decrement()
        let elapsed = Clocks.monotonicNanoseconds() - start
        let method = Self.name(of: request.method)
        let route = context.endpointPath ?? "NotFound"
        timer(Key(method: method, route: route, status: status.code)).recordNanoseconds(elapsed)
        let isUsual =
            status.code < 400 && elapsed < Self.slowNanoseconds || OperationsRoutes.paths.contains(route)
        context.logger.log(
            level: isUsual ? .debug : .info, "request",
            metadata: [
                "http.method": .string(method), "http.route": .string(route),
                "http.status": .stringConvertible(status.code),
                "duration_ms": .stringConvertible(Double(elapsed / 1_000) / 1_000),
            ])
    }

    /// Clients may invent methods; as a label they would be a series each.
    private static func name(of method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "OTHER"
        }
    }

    private func timer(_ key: Key) -> Metrics.Timer {
        timers.withLock { timers in
            if let known = timers[key] { return known }
            let timer = Metrics.Timer(
                label: "http.server.request.duration",
                dimensions: [
                    ("http.request.method", key.method), ("http.route", key.route),
                    ("http.response.status_code", String(key.status)),
                ])
            timers[key] = timer
            return timer
        }
    }
}

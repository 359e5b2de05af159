import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Synchronization

/// Measures every request and writes one access line: the route's template, never the path, the query or the body.
///
/// A request that was answered well and soon is counted like all others, but its line is for those who look closely
/// (`debug`): one for each report would be a good part of what accepting it costs, and would hide those that matter.
struct RequestObservation: RouterMiddleware {
    typealias Context = WanggeRequestContext

    /// From here on a request is slow.
    static let slowNanoseconds: Int64 = 1_000_000_000

    private let meters = RequestMeters()

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = Clocks.monotonicNanoseconds()
        let method = Self.name(of: request.method)
        meters.active.increment()
        defer { meters.active.decrement() }
        let response = try await next(request, context)
        let elapsed = Clocks.monotonicNanoseconds() - start
        let route = context.endpointPath ?? "NotFound"
        let status = response.status.code
        meters.timer(method: method, route: route, status: status).recordNanoseconds(elapsed)
        let isUsual = status < 400 && elapsed < Self.slowNanoseconds || OperationsRoutes.paths.contains(route)
        context.logger.log(
            level: isUsual ? .debug : .info, "request",
            metadata: [
                "http.method": .string(method), "http.route": .string(route),
                "http.status": .stringConvertible(status),
                "duration_ms": .stringConvertible(Double(elapsed / 1_000) / 1_000),
            ])
        return response
    }

    /// Clients may invent methods; as a label they would be a series each.
    private static func name(of method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "OTHER"
        }
    }
}

/// The meters of the HTTP server, kept so that a request does not build them anew.
private final class RequestMeters: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    let active = Meter(label: "http.server.active_requests")
    private let timers = Mutex<[Key: Metrics.Timer]>([:])

    func timer(method: String, route: String, status: Int) -> Metrics.Timer {
        timers.withLock { timers in
            let key = Key(method: method, route: route, status: status)
            if let known = timers[key] { return known }
            let timer = Metrics.Timer(
                label: "http.server.request.duration",
                dimensions: [
                    ("http.request.method", method), ("http.route", route),
                    ("http.response.status_code", String(status)),
                ])
            timers[key] = timer
            return timer
        }
    }
}

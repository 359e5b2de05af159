import Hummingbird
import Metrics
import Synchronization

/// Answers 503 at once when too many requests are being handled, instead of letting all of them become slow.
struct LoadShedding: RouterMiddleware {
    typealias Context = WanggeRequestContext

    private let gate: RequestGate

    init(maximum: Int) { gate = RequestGate(maximum: maximum) }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard gate.enter() else {
            throw Problem(.overloaded).retry(afterSeconds: 1)
        }
        defer { gate.leave() }
        return try await next(request, context)
    }
}

/// Counts who is inside, and lets nobody in beyond the maximum.
final class RequestGate: Sendable {
    private let maximum: Int
    private let inside = Atomic<Int>(0)
    private let refused = Counter(label: "wangge.http.shed.requests")

    init(maximum: Int) { self.maximum = maximum }

    func enter() -> Bool {
        guard inside.wrappingAdd(1, ordering: .relaxed).newValue > maximum else { return true }
        leave()
        refused.increment()
        return false
    }

    func leave() { inside.wrappingSubtract(1, ordering: .relaxed) }
}

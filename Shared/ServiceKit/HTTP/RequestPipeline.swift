import HTTPTypes
import Hummingbird
import Logging

/// What happens to every request around its route, from first to last: it gets its id, trace, language and log context;
/// an error becomes a problem document; it is measured; the response gets its headers.
///
/// One middleware, not one for each: every layer of them is a hop and a copy of the request, which for a report is
/// more than what is done with it.
struct RequestPipeline: RouterMiddleware {
    typealias Context = WanggeRequestContext

    let logger: Logger
    let headers: SecurityHeaders
    let problems: ProblemResponses
    private let observation = RequestObservation()

    init(logger: Logger, headers: SecurityHeaders, problems: ProblemResponses) {
        self.logger = logger
        self.headers = headers
        self.problems = problems
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = observation.begin()
        let scoped = scope(of: request, context)
        let log = LogContext(requestID: scoped.requestID, trace: scoped.trace)
        var response = await LogContext.with(log) {
            let response: Response
            do {
                response = try await next(request, scoped)
            } catch {
                response = problems.response(to: error, request, scoped)
            }
            observation.end(request, scoped, response.status, since: start)
            return response
        }
        response.headers[.xRequestID] = scoped.requestID
        headers.add(to: &response.headers)
        return response
    }

    private func scope(of request: Request, _ context: Context) -> Context {
        var context = context
        context.requestID = RequestID.text(request.headers[.xRequestID])
        let parent = request.headers[.traceparent].flatMap(TraceContext.init(traceparent:))
        context.trace = parent?.child() ?? .root()
        context.language = Language.best(for: request.headers[.acceptLanguage])
        context.logger = logger
        return context
    }
}

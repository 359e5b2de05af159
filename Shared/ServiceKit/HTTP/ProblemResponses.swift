import HTTPTypes
import Hummingbird
import Logging

/// The one place where errors become responses.
struct ProblemResponses: Sendable {
    let mapping: ProblemMapping
    let routes: RouteTable

    func response(to error: any Error, _ request: Request, _ context: WanggeRequestContext) -> Response {
        var problem = mapping.problem(for: error)
        if problem.kind == .notFound, context.endpointPath == "NotFound" {
            problem = methodProblem(for: request) ?? problem
        }
        if problem.kind.status.code >= 500, !(error is Problem) {
            context.logger.error("request failed", error: error, metadata: [:])
        }
        return problem.response(in: context.language, instance: context.requestID)
    }

    /// 405 with `Allow` when the path exists for other methods.
    private func methodProblem(for request: Request) -> Problem? {
        let methods = routes.methods(for: request.uri.path)
        guard !methods.isEmpty else { return nil }
        return Problem(.methodNotAllowed, headers: [.allow: methods.sorted().joined(separator: ", ")])
    }
}

import City
import HTTPTypes
import Hummingbird

/// What a request must pass before its route's handler sees it: room, a known caller, the right to call, a body that is
/// not too large. In this order, so that what is refused costs least.
struct RouteGuard: RouterMiddleware {
    typealias Context = WanggeRequestContext

    /// Nil for routes that are never shed.
    let gate: RequestGate?
    let authenticator: Authenticator
    let access: RouteAccess
    let bodyLimit: Int

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard gate?.enter() ?? true else { throw Problem(.overloaded).retry(afterSeconds: 1) }
        defer { gate?.leave() }
        var context = context
        if access != .open {
            context.identity = try await authenticator.identity(of: request.headers)
            try context.require(access)
        }
        try limitBody(request, &context)
        return try await next(request, context)
    }

    /// Refuses bodies that say they are too large before a byte is read; handlers stop reading the others at the limit.
    private func limitBody(_ request: Request, _ context: inout Context) throws(Problem) {
        context.bodyLimit = bodyLimit
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bodyLimit else { return }
        // The rest of the body is not worth reading: the connection ends with the answer.
        throw Problem(
            .tooLarge,
            detail: LocalizedText(zh: "上限为 \(bodyLimit) 字节", en: "the limit is \(bodyLimit) bytes"),
            headers: [.connection: "close"])
    }
}

extension WanggeRequestContext {
    /// Lets through only those whom the route is for.
    fileprivate func require(_ access: RouteAccess) throws(Problem) {
        switch access {
        case .open: break
        case .publishers: _ = try requirePublisher()
        case .people: _ = try requirePerson()
        case .signedIn: if identity == .anonymous { throw Authenticator.refused() }
        }
    }
}

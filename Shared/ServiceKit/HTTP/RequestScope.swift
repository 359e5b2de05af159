public import HTTPTypes
import Hummingbird
import Logging

/// Outermost middleware: gives the request its id, trace, language and log context, and the response its headers.
struct RequestScope: RouterMiddleware {
    typealias Context = WanggeRequestContext

    let logger: Logger
    let headers: SecurityHeaders

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = Self.requestID(request.headers[.xRequestID])
        if let parent = request.headers[.traceparent].flatMap(TraceContext.init(traceparent:)) {
            context.trace = parent.child()
        }
        context.language = Language.best(for: request.headers[.acceptLanguage])
        context.logger = logger
        let log = LogContext(requestID: context.requestID, trace: context.trace)
        var response = try await LogContext.with(log) { try await next(request, context) }
        response.headers[.xRequestID] = context.requestID
        headers.add(to: &response.headers)
        return response
    }

    /// A caller's id is taken if it is short and plain; anything else could forge log lines or fill them.
    static func requestID(_ header: String?) -> String {
        guard let header, (1...64).contains(header.utf8.count), header.utf8.allSatisfy(isPlain) else {
            return RandomText.base32(characters: 26)
        }
        return header
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
        default: false
        }
    }
}

extension HTTPField.Name {
    /// The request's id, given by a caller or a proxy.
    public static let xRequestID = HTTPField.Name("X-Request-Id")!
    /// A publisher's key, for clients that cannot set `Authorization`.
    public static let xAPIKey = HTTPField.Name("X-API-Key")!
    static let xFrameOptions = HTTPField.Name("X-Frame-Options")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}

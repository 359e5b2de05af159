import City
import HTTPTypes
import Hummingbird

/// How large bodies may be, in bytes.
public enum BodyLimit {
    /// One report with all its fields and margin.
    public static let standard = 256 * 1024
    /// A batch of reports.
    public static let batch = 8 * 1024 * 1024
}

/// Refuses bodies that say they are too large before a byte is read; handlers stop reading the others at the limit.
struct BodyLimiter: RouterMiddleware {
    typealias Context = WanggeRequestContext

    let limit: Int

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.bodyLimit = limit
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            // The rest of the body is not worth reading: the connection ends with the answer.
            throw Problem(
                .tooLarge,
                detail: LocalizedText(zh: "上限为 \(limit) 字节", en: "the limit is \(limit) bytes"),
                headers: [.connection: "close"])
        }
        return try await next(request, context)
    }
}

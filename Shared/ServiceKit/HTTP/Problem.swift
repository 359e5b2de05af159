public import City
public import HTTPTypes
import Hummingbird
import NIOCore

/// An error that a client is told about, as an RFC 9457 problem document in the client's language.
///
/// Throw it from a handler; one middleware turns it into the response.
public struct Problem: Error, Sendable {
    /// One fault in the request's body.
    public struct FieldFault: Sendable, Equatable {
        /// JSON pointer (RFC 6901) to the field.
        public var pointer: String
        /// Stable name of the fault, such as `missing`.
        public var slug: String
        public var detail: LocalizedText?

        public init(pointer: String, slug: String, detail: LocalizedText? = nil) {
            self.pointer = pointer
            self.slug = slug
            self.detail = detail
        }
    }

    public var kind: ProblemKind
    /// What is wrong this time; must hold nothing the client may not see.
    public var detail: LocalizedText?
    public var errors: [FieldFault]
    public var headers: HTTPFields

    public init(
        _ kind: ProblemKind, detail: LocalizedText? = nil, errors: [FieldFault] = [], headers: HTTPFields = [:]
    ) {
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// The same problem, with a `Retry-After` header. Rounded up to whole seconds, at least one.
    public func retry(afterSeconds seconds: Double) -> Problem {
        var problem = self
        problem.headers[.retryAfter] = String(Int(max(1, min(seconds, 86_400)).rounded(.up)))
        return problem
    }

    static let contentType = "application/problem+json; charset=utf-8"

    /// The document: `type`, `title`, `status`, `detail`, `instance` (the request's id), `errors`.
    public func json(in language: Language, instance: String) -> [UInt8] {
        var text = JSONText()
        text.object { text in
            text.field("type", "/problems/\(kind.slug)")
            text.field("title", kind.title.text(in: language))
            text.field("status", kind.status.code)
            if let detail { text.field("detail", detail.text(in: language)) }
            text.field("instance", instance)
            guard !errors.isEmpty else { return }
            text.key("errors")
            text.array { text in
                for fault in errors {
                    text.object { text in
                        text.field("pointer", fault.pointer)
                        text.field("slug", fault.slug)
                        if let detail = fault.detail { text.field("detail", detail.text(in: language)) }
                    }
                }
            }
        }
        return text.bytes
    }

    func response(in language: Language, instance: String) -> Response {
        var response = Response.bytes(
            json(in: language, instance: instance), contentType: Self.contentType, status: kind.status)
        response.headers[.contentLanguage] = language.rawValue
        for field in headers { response.headers[field.name] = field.value }
        return response
    }
}

public import City
public import HTTPTypes

/// A kind of problem an API answers with: a stable slug, a status, and its title in both languages.
///
/// Services add their own as static members of an extension, so that all kinds of one service stand in one place.
public struct ProblemKind: Sendable, Hashable {
    /// Stable name, part of the API: clients compare it, never the title.
    public let slug: String
    public let status: HTTPResponse.Status
    public let title: LocalizedText

    public init(_ slug: String, _ status: HTTPResponse.Status, zh: String, en: String) {
        self.slug = slug
        self.status = status
        self.title = LocalizedText(zh: zh, en: en)
    }
}

extension ProblemKind {
    public static let badRequest = ProblemKind("bad-request", .badRequest, zh: "请求有误", en: "Bad request")
    public static let invalidBody = ProblemKind(
        "invalid-body", .badRequest, zh: "请求内容有误", en: "The body is not valid")
    public static let unauthorized = ProblemKind(
        "unauthorized", .unauthorized, zh: "需要有效凭证", en: "Valid credentials are needed")
    public static let forbidden = ProblemKind("forbidden", .forbidden, zh: "无权进行此操作", en: "Not allowed")
    public static let notFound = ProblemKind("not-found", .notFound, zh: "没有找到", en: "Not found")
    public static let methodNotAllowed = ProblemKind(
        "method-not-allowed", .methodNotAllowed, zh: "此地址不支持该方法", en: "Method not allowed here")
    public static let conflict = ProblemKind(
        "conflict", .conflict, zh: "与现有内容冲突", en: "Conflicts with what is there")
    public static let tooLarge = ProblemKind(
        "too-large", .contentTooLarge, zh: "请求内容过大", en: "The body is too large")
    public static let unsupportedMediaType = ProblemKind(
        "unsupported-media-type", .unsupportedMediaType, zh: "不支持的内容类型", en: "Unsupported media type")
    public static let unprocessable = ProblemKind(
        "unprocessable", .unprocessableContent, zh: "内容不符合规则", en: "The content breaks a rule")
    public static let tooManyRequests = ProblemKind(
        "too-many-requests", .tooManyRequests, zh: "请求过于频繁", en: "Too many requests")
    public static let internalError = ProblemKind(
        "internal-error", .internalServerError, zh: "服务内部错误", en: "Internal error")
    public static let unavailable = ProblemKind(
        "unavailable", .serviceUnavailable, zh: "服务暂时不可用", en: "Temporarily unavailable")
    public static let overloaded = ProblemKind(
        "overloaded", .serviceUnavailable, zh: "服务繁忙", en: "Overloaded")

    /// The kinds every service can answer with, for documentation.
    public static let standard: [ProblemKind] = [
        .badRequest, .invalidBody, .unauthorized, .forbidden, .notFound, .methodNotAllowed, .conflict, .tooLarge,
        .unsupportedMediaType, .unprocessable, .tooManyRequests, .internalError, .unavailable, .overloaded,
    ]

    /// The kind for a status that came without one.
    static func of(_ status: HTTPResponse.Status) -> ProblemKind {
        if let known = standard.first(where: { $0.status == status }) { return known }
        switch status.kind {
        case .serverError: return ProblemKind("internal-error", status, zh: "服务内部错误", en: "Internal error")
        default: return ProblemKind("bad-request", status, zh: "请求有误", en: "Bad request")
        }
    }
}

import HTTPTypes

/// Headers that tell browsers what not to do. A handler that sets one of them itself keeps its own value.
public struct SecurityHeaders: Sendable {
    /// For answers that are data: nothing may be loaded, framed or run.
    public static let dataPolicy = "default-src 'none'; frame-ancestors 'none'"
    /// For our pages: only our own files, nothing inline, no foreign hosts.
    public static let pagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

    private let fields: [HTTPField]

    public init(contentSecurityPolicy: String = SecurityHeaders.dataPolicy) {
        fields = [
            HTTPField(name: .xContentTypeOptions, value: "nosniff"),
            HTTPField(name: .xFrameOptions, value: "DENY"),
            HTTPField(name: .referrerPolicy, value: "no-referrer"),
            HTTPField(name: .contentSecurityPolicy, value: contentSecurityPolicy),
            HTTPField(name: .cacheControl, value: "no-store"),
        ]
    }

    func add(to headers: inout HTTPFields) {
        for field in fields where !headers.contains(field.name) { headers.append(field) }
    }
}

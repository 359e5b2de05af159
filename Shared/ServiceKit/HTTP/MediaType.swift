/// What a body says it is (RFC 9110, 8.3).
public struct MediaType: Hashable, Sendable {
    /// Type and subtype in lower case, such as `application/json`; empty when nothing was said.
    public let name: String
    /// Whether its text is UTF-8, as all JSON that is exchanged is (RFC 8259, 8.1); also when no character set is
    /// named.
    public let isUTF8: Bool

    /// As people write it, and what is part of it.
    private static let namesOfUTF8: Set = ["utf-8", "utf8", "us-ascii"]

    /// - Parameter header: The value of `Content-Type`.
    public init(_ header: String?) {
        let bytes = (header ?? "").utf8.filter { $0 > UInt8(ascii: " ") }
        let end = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        name = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        guard end < bytes.endIndex else {
            isUTF8 = true
            return
        }
        let parameters = String(decoding: bytes[end...], as: UTF8.self).lowercased().split(separator: ";")
        let charset = parameters.first { $0.hasPrefix("charset=") }?.dropFirst("charset=".count)
        isUTF8 = charset.map { Self.namesOfUTF8.contains($0.filter { $0 != "\"" }) } ?? true
    }

    /// `application/json` and all types that are written in it.
    public var isJSON: Bool { name == "application/json" || name.hasSuffix("+json") }
}

public import FoundationEssentials
import HTTPTypes
public import Hummingbird
public import NIOCore

extension Request {
    /// The whole body, as it came.
    ///
    /// - Throws: ``Problem`` 413 when it is larger than the route allows.
    public func bytes(_ context: WanggeRequestContext) async throws -> ByteBuffer {
        try await body.collect(upTo: context.bodyLimit)
    }

    /// The whole body, which must be JSON that all decoders read alike; see ``JSONGuard``.
    ///
    /// - Throws: ``Problem`` 413 when it is too large, 415 when it is not declared as JSON, 400 when it breaks the
    ///   guard's limits.
    public func jsonBytes(_ context: WanggeRequestContext) async throws -> ByteBuffer {
        guard Self.isJSON(headers[.contentType]) else { throw Problem(.unsupportedMediaType) }
        let buffer = try await bytes(context)
        try JSONGuard.check(buffer.readableBytesView)
        return buffer
    }

    /// The body, decoded.
    ///
    /// - Throws: As ``jsonBytes(_:)``, and 400 with a pointer to the field that does not fit.
    public func json<Value: Decodable>(
        _ type: Value.Type = Value.self, _ context: WanggeRequestContext, decoder: JSONDecoder = JSONDecoder()
    ) async throws -> Value {
        let buffer = try await jsonBytes(context)
        return try decoder.decode(Value.self, from: Data(buffer.readableBytesView))
    }

    /// `application/json` and all `+json` types; other character sets than UTF-8 are refused.
    private static func isJSON(_ header: String?) -> Bool {
        let parts = (header ?? "").lowercased().split(separator: ";").map { $0.filter { !$0.isWhitespace } }
        guard let type = parts.first, type == "application/json" || type.hasSuffix("+json") else { return false }
        let charset = parts.dropFirst().first { $0.hasPrefix("charset=") }?.dropFirst(8)
        return charset.map { $0 == "utf-8" || $0 == "\"utf-8\"" } ?? true
    }
}

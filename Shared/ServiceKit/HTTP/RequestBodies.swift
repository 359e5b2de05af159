public import FoundationEssentials
import HTTPTypes
public import Hummingbird
public import Messages
public import NIOCore

extension Request {
    /// The whole body, as it came.
    ///
    /// - Throws: ``Problem`` 413 when it is larger than the route allows.
    public func bytes(_ context: WanggeRequestContext) async throws -> ByteBuffer {
        try await body.collect(upTo: context.bodyLimit)
    }

    /// The whole body as a document that every reader understands alike; see ``JSONDocument``.
    ///
    /// - Throws: ``Problem`` 413 when it is too large, 415 when it is not declared as JSON, 400 when it is not acceptable
    ///   JSON.
    public func jsonDocument(_ context: WanggeRequestContext) async throws -> JSONDocument {
        guard Self.isJSON(headers[.contentType]) else { throw Problem(.unsupportedMediaType) }
        let buffer = try await bytes(context)
        return try JSONDocument(Array(buffer.readableBytesView), limits: JSONLimits(bytes: context.bodyLimit))
    }

    /// The body, decoded.
    ///
    /// - Throws: As ``jsonDocument(_:)``, and 400 with a pointer to the field that does not fit.
    public func json<Value: Decodable>(
        _ type: Value.Type = Value.self, _ context: WanggeRequestContext, decoder: JSONDecoder = JSONDecoder()
    ) async throws -> Value {
        let document = try await jsonDocument(context)
        return try decoder.decode(Value.self, from: Data(document.root.rawBytes))
    }

    /// `application/json` and all `+json` types; other character sets than UTF-8 are refused.
    private static func isJSON(_ header: String?) -> Bool {
        let parts = (header ?? "").lowercased().split(separator: ";").map { $0.filter { !$0.isWhitespace } }
        guard let type = parts.first, type == "application/json" || type.hasSuffix("+json") else { return false }
        let charset = parts.dropFirst().first { $0.hasPrefix("charset=") }?.dropFirst(8)
        return charset.map { $0 == "utf-8" || $0 == "\"utf-8\"" } ?? true
    }
}

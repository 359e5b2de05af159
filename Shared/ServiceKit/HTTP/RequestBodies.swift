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
        let type = MediaType(headers[.contentType])
        guard type.isJSON, type.isUTF8 else { throw Problem(.unsupportedMediaType) }
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
}

public import FoundationEssentials
public import HTTPTypes
public import Hummingbird
public import NIOCore

extension Response {
    /// A body that is already bytes.
    public static func bytes(
        _ bytes: some Sequence<UInt8>, contentType: String, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response.buffer(ByteBuffer(bytes: bytes), contentType: contentType, status: status)
    }

    /// A body that is already a buffer.
    public static func buffer(
        _ buffer: ByteBuffer, contentType: String, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: [.contentType: contentType], body: ResponseBody(byteBuffer: buffer))
    }

    /// A body that is already JSON text.
    public static func json(_ bytes: some Sequence<UInt8>, status: HTTPResponse.Status = .ok) -> Response {
        Response.bytes(bytes, contentType: "application/json; charset=utf-8", status: status)
    }

    /// A value as JSON, keys in alphabetical order, slashes as they are.
    public static func json<Value: Encodable>(
        encoding value: Value, status: HTTPResponse.Status = .ok, encoder: JSONEncoder? = nil
    ) throws -> Response {
        let standard = JSONEncoder()
        standard.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response.json(try (encoder ?? standard).encode(value), status: status)
    }

    /// A page of ours, with the policy that lets it load its own files only.
    public static func page(
        _ bytes: some Sequence<UInt8>, contentType: String = "text/html; charset=utf-8"
    ) -> Response {
        var response = Response.bytes(bytes, contentType: contentType)
        response.headers[.contentSecurityPolicy] = SecurityHeaders.pagePolicy
        return response
    }
}

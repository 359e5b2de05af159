import Crypto
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// Something that is served as it is and told apart by a tag of its content.
struct Entity: Sendable {
    let body: ByteBuffer
    let contentType: String
    /// Quoted, as the header has it.
    let tag: String

    init(_ bytes: [UInt8], contentType: String) {
        body = ByteBuffer(bytes: bytes)
        self.contentType = contentType
        let digits = Array("0123456789abcdef".utf8)
        let hash = SHA256.hash(data: bytes).prefix(12).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        tag = "\"\(String(decoding: hash, as: UTF8.self))\""
    }

    /// The entity, or 304 when the client says it has it. Clients may keep it, but ask each time whether it is still so.
    func response(to request: Request) -> Response {
        let known = request.headers[.ifNoneMatch]?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
        var response =
            known.contains { $0 == tag || $0 == "W/\(tag)" || $0 == "*" }
            ? Response(status: .notModified) : Response.buffer(body, contentType: contentType)
        response.headers[.eTag] = tag
        response.headers[.cacheControl] = "no-cache"
        response.headers[.contentSecurityPolicy] = SecurityHeaders.pagePolicy
        return response
    }
}

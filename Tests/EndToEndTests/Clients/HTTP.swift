import AsyncHTTPClient
import Messages
import NIOCore
import NIOHTTP1

/// What a service answered.
struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    /// The body as JSON; nil when it is none.
    var json: JSONValue? { try? JSONDocument(body, limits: JSONLimits(bytes: 64 * 1_024 * 1_024)).root }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The problem's name, if the answer is a problem document in full.
    var problem: String? {
        guard headers.first(name: "content-type")?.hasPrefix("application/problem+json") == true, let json,
            let type = json["type"]?.string, type.hasPrefix("/problems/"), json["status"]?.int == status,
            json["title"]?.string?.isEmpty == false, json["instance"]?.string?.isEmpty == false
        else { return nil }
        return String(type.dropFirst("/problems/".count))
    }

    /// `pointer slug` of each fault the answer names.
    var faults: [String] { json?["errors"]?.faults ?? [] }
}

extension JSONValue {
    /// `pointer slug` of each fault in a list of them.
    var faults: [String] { elements.map { "\($0["pointer"]?.string ?? "?") \($0["slug"]?.string ?? "?")" } }
}

/// Requests as a plain client sends them.
enum HTTP {
    typealias Headers = [(name: String, value: String)]

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.decompression = .disabled
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    static func get(_ url: String, _ headers: Headers = [], seconds: Int64 = 15) async throws -> Answer {
        try await send(HTTPClientRequest(url: url), headers, seconds: seconds)
    }

    static func post(
        _ url: String, _ headers: Headers = [], _ body: [UInt8], seconds: Int64 = 15
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await send(request, headers, seconds: seconds)
    }

    private static func send(
        _ request: HTTPClientRequest, _ headers: Headers, seconds: Int64
    ) async throws -> Answer {
        var request = request
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await client.execute(request, timeout: .seconds(seconds))
        let body = try await response.body.collect(upTo: 64 * 1_024 * 1_024)
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: Array(body.readableBytesView))
    }
}

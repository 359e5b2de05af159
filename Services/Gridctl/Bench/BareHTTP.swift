import Hummingbird
import Logging
import NIOCore

/// The HTTP server that services stand on, with a handler that reads the body and says 202: what asking costs by itself.
///
/// It runs in this process; the suite idles meanwhile.
enum BareHTTP {
    /// - Parameter port: A free one.
    static func running<Result: Sendable>(
        port: Int, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        let router = Router()
        router.post("/v1/events") { request, _ in
            _ = try await request.body.collect(upTo: 1 << 20)
            return Response(
                status: .accepted, headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(string: #"{"trackingNumber":"BARE-0000000001-0"}"#)))
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            logger: SuiteOptions.quietLogger)
        let server = Task { try await application.run() }
        defer { server.cancel() }
        // Asks until there is an answer.
        _ = try await SuiteClient().post("http://127.0.0.1:\(port)/v1/events", headers: [], body: [])
        return try await body()
    }
}

import City
import Foundation
import Hummingbird
import Logging
import Messages
import ServiceKit

@testable import Gridctl
@testable import Intake

/// Batches of 100 reports over HTTP, decoded and answered with 202, nothing stored: intake's reader beside `JSONDecoder`.
///
/// Both are routes of one Hummingbird server, asked in turns by the same publishers in this process.
enum HTTPBenchmark {
    private static let batches = 400
    private static let connections = 8

    static func run(_ figures: inout Figures) async throws {
        let city = try BenchmarkCity.make()
        let port = try Ports.free(1)[0]
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            router: router(city: city), configuration: .init(address: .hostname("127.0.0.1", port: port)),
            logger: logger)
        let server = Task { try await application.run() }
        defer { server.cancel() }
        try await untilReady(port)
        let requests = ["/reader", "/jsondecoder"].map { path in
            (0..<batches).map { request(path, batch($0 * 100, city: city)) }
        }
        for requests in requests { _ = try await rate(requests, port: port) }
        var rounds: [[Double]] = []
        for _ in 0..<7 {
            rounds.append([try await rate(requests[0], port: port), try await rate(requests[1], port: port)])
        }
        figures.note("http.batchDecode.reportsPerSecond", rounds.map { $0[0] })
        figures.note("http.batchDecode.jsonDecoder.reportsPerSecond", rounds.map { $0[1] })
        figures.note("ratio.batchDecodeToHummingbirdJSONDecoder", rounds.map { $0[0] / $0[1] })
    }

    private static func router(city: City) -> Router<BasicRequestContext> {
        let router = Router()
        let reader = SubmissionReader(city: city, allowedSources: nil)
        router.post("/reader") { request, _ in
            let body = try await request.body.collect(upTo: BodyLimit.batch)
            let items = try JSONSplitter.items(
                ofArray: Array(body.readableBytesView), limits: JSONLimits(bytes: BodyLimit.batch))
            let accepted = items.count { item in
                let result = reader.read(event: item, fallbackSource: SourceCode(""), traceparent: nil)
                if case .success = result { return true }
                return false
            }
            return answer(accepted)
        }
        router.post("/jsondecoder") { request, _ in
            let body = try await request.body.collect(upTo: BodyLimit.batch)
            let events = try JSONDecoder().decode([CodableShapes.Event].self, from: Data(body.readableBytesView))
            return answer(events.count)
        }
        return router
    }

    private static func answer(_ accepted: Int) -> Response {
        Response(
            status: accepted == 100 ? .accepted : .badRequest, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: "{\"accepted\":\(accepted)}")))
    }

    private static func batch(_ first: Int, city: City) -> [UInt8] {
        let events = (first..<first + 100).map { BenchmarkCity.event($0, city: city) }
        return Array("[".utf8) + Array(events.joined(separator: [0x2C])) + Array("]".utf8)
    }

    private static func request(_ path: String, _ body: [UInt8]) -> [UInt8] {
        Array("POST \(path) HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: \(body.count)\r\n\r\n".utf8) + body
    }

    /// Reports a second.
    private static func rate(_ requests: [[UInt8]], port: Int) async throws -> Double {
        let start = ContinuousClock.now
        _ = try await BarePublisher.sendAll(requests, port: port, connections: connections)
        let taken = ContinuousClock.now - start
        return Double(requests.count * 100)
            / (Double(taken.components.attoseconds) / 1e18 + Double(taken.components.seconds))
    }

    private static func untilReady(_ port: Int) async throws {
        for _ in 0..<200 {
            if (try? BarePublisher(port: port, connections: 1)) != nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw PeerAbsent(description: "the server does not start")
    }
}

import AsyncHTTPClient
import City
import Messages
import NIOCore
import NIOHTTP1

/// Posts to a suite's HTTP APIs, again and again until there is an answer: every request it sends is safe to repeat.
struct SuiteClient: Sendable {
    /// What a service answered.
    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]

        /// The body as JSON; nil when it is none.
        var json: JSONValue? { try? JSONDocument(body, limits: JSONLimits(bytes: Self.largest)).root }

        static let largest = 32 * 1024 * 1024
    }

    /// How long a service may be away, in seconds, before it is given up.
    private static let patienceSeconds: Int64 = 60
    private static let requestSeconds: Int64 = 30

    /// - Throws: ``CommandFailure`` when there is no answer for a minute.
    func post(_ url: String, headers: [(String, String)], body: [UInt8]) async throws -> Answer {
        let giveUp = NIODeadline.now() + .seconds(Self.patienceSeconds)
        var pause: Int64 = 20
        while true {
            do {
                var request = HTTPClientRequest(url: url)
                request.method = .POST
                for (name, value) in headers { request.headers.add(name: name, value: value) }
                request.body = .bytes(ByteBuffer(bytes: body))
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(Self.requestSeconds))
                let buffer = try await response.body.collect(upTo: Answer.largest)
                let status = Int(response.status.code)
                // Busy or between two owners: what was asked has not been done, or may be done again.
                guard status == 429 || status == 503 else {
                    return Answer(status: status, body: Array(buffer.readableBytesView))
                }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                guard NIODeadline.now() < giveUp else {
                    throw CommandFailure(
                        .unavailable, zh: "\(url) 没有响应：\(error)", en: "\(url) does not answer: \(error)")
                }
            }
            guard NIODeadline.now() < giveUp else {
                throw CommandFailure(.unavailable, zh: "\(url) 一直繁忙", en: "\(url) stays unavailable")
            }
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, 1_000)
        }
    }

    /// Does things at most so many at a time; results in the order of `elements`.
    static func concurrently<Element: Sendable, Result: Sendable>(
        _ elements: [Element], width: Int = 12, _ body: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        if elements.count == 1 { return [try await body(elements[0])] }
        return try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: elements.count)
            var next = 0
            func start() {
                guard next < elements.count else { return }
                let (index, element) = (next, elements[next])
                next += 1
                group.addTask { (index, try await body(element)) }
            }
            for _ in 0..<min(width, elements.count) { start() }
            while let (index, result) = try await group.next() {
                results[index] = result
                start()
            }
            return results.compactMap { $0 }
        }
    }
}

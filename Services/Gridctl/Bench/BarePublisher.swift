import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One connection to a service on this machine that sends prepared requests and waits for each answer.
///
/// For measuring alone: an HTTP client with pools and tasks would take as much of the machine as the service it measures.
/// Blocks its thread.
struct BarePublisher: ~Copyable {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// - Throws: ``CommandFailure`` when nobody listens.
    init(port: Int) throws {
        descriptor = Ports.makeSocket()
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = Ports.address(of: port)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Self.lost(port) }
    }

    deinit { close(descriptor) }

    /// Sends a whole request, head and body, and reads the answer.
    ///
    /// - Returns: The answer's status.
    mutating func send(_ request: [UInt8]) throws -> Int {
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes { write(descriptor, $0.baseAddress! + sent, $0.count - sent) }
            guard count > 0 else { throw Self.lost(nil) }
            sent += count
        }
        buffer.removeAll(keepingCapacity: true)
        var length: Int?
        while buffer.count < length ?? .max {
            try receive()
            if length == nil { length = answerLength() }
        }
        // `HTTP/1.1 202 …`
        return buffer.count > 12 ? Int(String(decoding: buffer[9..<12], as: UTF8.self)) ?? 0 : 0
    }

    private mutating func receive() throws {
        let count = withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { chunk in
            let count = read(descriptor, chunk.baseAddress, chunk.count)
            if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
            return count
        }
        guard count > 0 else { throw Self.lost(nil) }
    }

    /// Bytes of head and body; nil while the head is incomplete.
    private func answerLength() -> Int? {
        let head = String(decoding: buffer, as: UTF8.self)
        guard let end = head.utf8.indices.first(where: { head.utf8[$0...].starts(with: "\r\n\r\n".utf8) }) else {
            return nil
        }
        let fields = head[..<end].split(separator: "\r\n").map { $0.lowercased() }
        let length = fields.first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst("content-length:".count).filter { $0 != " " }) }
        return head.utf8.distance(from: head.startIndex, to: end) + 4 + (length ?? 0)
    }

    private static func lost(_ port: Int?) -> CommandFailure {
        CommandFailure(
            .unavailable, zh: "连接\(port.map { "端口 \($0) " } ?? "")失败",
            en: "the connection\(port.map { " to port \($0)" } ?? "") failed")
    }

    /// What publishers found who worked side by side.
    private final class Findings: Sendable {
        let next = Atomic(0)
        let latencies = Mutex<[Double]>([])
        let failure = Mutex<(any Error)?>(nil)
    }

    /// Sends the requests over so many connections, each on a thread of its own.
    ///
    /// - Returns: How long each took, in milliseconds.
    /// - Throws: ``CommandFailure`` when one was not accepted.
    static func sendAll(_ requests: [[UInt8]], port: Int, connections: Int) async throws -> [Double] {
        let findings = Findings()
        let group = DispatchGroup()
        for number in 0..<connections {
            DispatchQueue(label: "publisher \(number)").async(group: group) {
                do {
                    let latencies = try work(requests, port: port, findings)
                    findings.latencies.withLock { $0 += latencies }
                } catch {
                    findings.failure.withLock { $0 = error }
                }
            }
        }
        await withCheckedContinuation { done in group.notify(queue: .global()) { done.resume() } }
        if let error = findings.failure.withLock({ $0 }) { throw error }
        return findings.latencies.withLock { $0 }
    }

    private static func work(_ requests: [[UInt8]], port: Int, _ findings: Findings) throws -> [Double] {
        var publisher = try BarePublisher(port: port)
        var latencies: [Double] = []
        while true {
            let index = findings.next.add(1, ordering: .relaxed).oldValue
            guard index < requests.count else { return latencies }
            let sent = DispatchTime.now()
            guard try publisher.send(requests[index]) == 202 else {
                throw CommandFailure.incomplete(zh: "有上报未被接受", en: "a report was not accepted")
            }
            latencies.append(Stopwatch.seconds(since: sent) * 1_000)
        }
    }
}

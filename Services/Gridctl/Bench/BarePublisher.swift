import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Connections to a service on this machine that send prepared requests and each wait for the answer, on one thread.
///
/// For measuring alone: an HTTP client with pools and tasks, or a thread for each connection, would take as much of the
/// machine as the service it measures.
struct BarePublisher: ~Copyable {
    private struct Connection {
        let descriptor: Int32
        var answer: [UInt8] = []
        var sent = DispatchTime.now()
    }

    private var connections: [Connection] = []
    private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    /// - Throws: ``CommandFailure`` when nobody listens.
    init(port: Int, connections count: Int) throws {
        for _ in 0..<count { connections.append(Connection(descriptor: try Self.connected(to: port))) }
    }

    deinit {
        for connection in connections { close(connection.descriptor) }
        chunk.deallocate()
    }

    /// Sends the requests, heads and bodies, each over the connection that is free next.
    ///
    /// - Returns: How long each took, in milliseconds.
    /// - Throws: ``CommandFailure`` when one was not accepted, or a connection was lost.
    static func sendAll(_ requests: [[UInt8]], port: Int, connections: Int) async throws -> [Double] {
        try await withCheckedThrowingContinuation { done in
            DispatchQueue(label: "publisher").async {
                done.resume(
                    with: Result {
                        var publisher = try BarePublisher(port: port, connections: connections)
                        return try publisher.sendAll(requests)
                    })
            }
        }
    }

    private mutating func sendAll(_ requests: [[UInt8]]) throws -> [Double] {
        var next = 0
        var latencies: [Double] = []
        latencies.reserveCapacity(requests.count)
        var polled = connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        for index in connections.indices where next < requests.count {
            try send(requests[next], over: index)
            next += 1
        }
        while latencies.count < requests.count {
            guard poll(&polled, nfds_t(polled.count), -1) > 0 else { throw Self.lost(nil) }
            for index in polled.indices where polled[index].revents != 0 {
                guard let status = try receive(over: index) else { continue }
                guard status == 202 else {
                    throw CommandFailure.incomplete(zh: "有上报未被接受", en: "a report was not accepted")
                }
                latencies.append(Stopwatch.seconds(since: connections[index].sent) * 1_000)
                guard next < requests.count else { continue }
                try send(requests[next], over: index)
                next += 1
            }
        }
        return latencies
    }

    private mutating func send(_ request: [UInt8], over index: Int) throws {
        connections[index].sent = .now()
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                write(connections[index].descriptor, $0.baseAddress! + sent, $0.count - sent)
            }
            guard count > 0 else { throw Self.lost(nil) }
            sent += count
        }
    }

    /// - Returns: The answer's status; nil while there is more to come.
    private mutating func receive(over index: Int) throws -> Int? {
        let count = read(connections[index].descriptor, chunk.baseAddress, chunk.count)
        guard count > 0 else { throw Self.lost(nil) }
        connections[index].answer.append(contentsOf: chunk[..<count])
        guard let status = connections[index].answer.withUnsafeBytes(AnswerHead.status) else { return nil }
        connections[index].answer.removeAll(keepingCapacity: true)
        return status
    }

    private static func connected(to port: Int) throws -> Int32 {
        let descriptor = Ports.makeSocket()
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = Ports.address(of: port)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw lost(port)
        }
        return descriptor
    }

    private static func lost(_ port: Int?) -> CommandFailure {
        CommandFailure(
            .unavailable, zh: "连接\(port.map { "端口 \($0) " } ?? "")失败",
            en: "the connection\(port.map { " to port \($0)" } ?? "") failed")
    }
}

/// As much of an HTTP/1.1 answer as one needs who asked for it: its status, and where it ends.
enum AnswerHead {
    /// - Parameter answer: Bytes from its first line on, so far.
    /// - Returns: The status; nil while head or body are incomplete.
    static func status(ofWhole answer: UnsafeRawBufferPointer) -> Int? {
        var line = 0
        var length = 0
        var index = 0
        while index + 1 < answer.count {
            guard answer[index] == 0x0D, answer[index + 1] == 0x0A else {
                index += 1
                continue
            }
            // An empty line ends the head.
            if index == line { return index + 2 + length <= answer.count ? number(answer, from: 9) : nil }
            if begins(answer, at: line, with: "content-length:") {
                length = number(answer, from: line + "content-length:".utf8.count)
            }
            index += 2
            line = index
        }
        return nil
    }

    /// - Parameter name: In lower case.
    private static func begins(_ answer: UnsafeRawBufferPointer, at start: Int, with name: StaticString) -> Bool {
        guard start + name.utf8CodeUnitCount <= answer.count else { return false }
        for index in 0..<name.utf8CodeUnitCount where answer[start + index] | 0x20 != name.utf8Start[index] | 0x20 {
            return false
        }
        return true
    }

    private static func number(_ answer: UnsafeRawBufferPointer, from start: Int) -> Int {
        var value = 0
        var index = start
        while index < answer.count, answer[index] == 0x20 { index += 1 }
        while index < answer.count, (0x30...0x39).contains(answer[index]) {
            value = value * 10 + Int(answer[index] - 0x30)
            index += 1
        }
        return value
    }
}

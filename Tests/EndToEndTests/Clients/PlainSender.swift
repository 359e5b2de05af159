import Foundation

/// A client that sends all it has before it listens, as most do.
enum PlainSender {
    /// Posts a body over a connection of its own.
    ///
    /// - Returns: the answer, head and body, until the service closes or the answer is a second old.
    static func post(port: Int, _ path: String, _ headers: [String], _ body: [UInt8]) async throws -> String {
        let head = ["POST \(path) HTTP/1.1", "host: 127.0.0.1", "content-length: \(body.count)"] + headers
        let request = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        return try await blocking {
            let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(connection) }
            var patience = timeval(tv_sec: 1, tv_usec: 0)
            setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
            var sent = 0
            while sent < request.count {
                let count = request[sent...].withUnsafeBytes {
                    send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw POSIXError(.EPIPE) }
                sent += count
            }
            var answer: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4_096)
            while case let count = recv(connection, &chunk, chunk.count, 0), count > 0 { answer += chunk[..<count] }
            return String(decoding: answer, as: UTF8.self)
        }
    }
}

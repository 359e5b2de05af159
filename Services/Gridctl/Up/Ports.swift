#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Ports of 127.0.0.1.
enum Ports {
    /// Whether nobody listens on a port.
    static func isFree(_ port: Int) -> Bool { bound(to: port) != nil }

    /// Ports that nobody listens on, each another.
    static func free(_ count: Int) throws -> [Int] {
        var found: Set<Int> = []
        for _ in 0..<count * 20 where found.count < count {
            if let port = bound(to: 0) { found.insert(port) }
        }
        guard found.count == count else {
            throw CommandFailure(.systemError, zh: "127.0.0.1 没有空闲端口", en: "no free port on 127.0.0.1")
        }
        return found.sorted()
    }

    /// A TCP socket; its owner closes it.
    static func makeSocket() -> Int32 {
        #if canImport(Glibc)
        socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    /// A port of 127.0.0.1 as sockets name it.
    static func address(of port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// Binds a port for a moment.
    ///
    /// - Returns: Its number; nil when it is taken.
    private static func bound(to port: Int) -> Int? {
        let descriptor = makeSocket()
        defer { close(descriptor) }
        // As servers do, so that connections that have just ended do not count.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = address(of: port)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, size) == 0 && listen(descriptor, 1) == 0
                    ? getsockname(descriptor, generic, &size) : -1
            }
        }
        return status == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}

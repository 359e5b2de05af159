import Foundation
import Synchronization

/// A stretch of network between clients and a server of this machine that can lose packets.
///
/// It passes bytes on between two connections. Packets are lost by a filter on its sockets, before TCP sees them: they are
/// not acknowledged, nothing is closed or reset, and both ends do what they do when a cable is cut. Anybody may set
/// such a filter, so this needs no rights.
final class LossyNetwork: Sendable {
    /// Where clients connect to.
    let port: Int
    private let listener: Int32
    private let serverPort: Int

    private struct State {
        var share = 0.0
        var delayMilliseconds = 0
        var sockets: Set<Int32> = []
    }

    private let state = Mutex(State())

    #if os(Linux)
    static let isPossible = true
    #else
    static let isPossible = false
    #endif

    /// - Parameter serverPort: Of a server on 127.0.0.1.
    init(to serverPort: Int) throws {
        self.serverPort = serverPort
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, size) == 0 && listen(listener, 128) == 0
                    ? getsockname(listener, generic, &size) : -1
            }
        }
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in accept() }
    }

    /// The same database, reached over this network.
    func url(_ url: String) -> String { url.replacingOccurrences(of: ":\(serverPort)/", with: ":\(port)/") }

    /// From now on loses this share of the packets in each direction, at random, and delivers what is left late.
    func lose(share: Double, delayMilliseconds: Int = 0) throws {
        try state.withLock { state in
            state.share = share
            state.delayMilliseconds = delayMilliseconds
            for socket in state.sockets.union([listener]) { try Self.filter(socket, losing: share) }
        }
    }

    // MARK: Passing on

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { continue }
            Thread.detachNewThread { [self] in connect(client) }
        }
    }

    private func connect(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        add([client, server])
        var address = Self.address(port: serverPort)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status == 0 {
            let back = Thread { [self] in passOn(from: server, to: client) }
            back.start()
            passOn(from: client, to: server)
            // The way back ends too, for its connection is shut down.
            while !back.isFinished { usleep(1_000) }
        }
        remove([client, server])
    }

    /// Until either end closes or is given up.
    private func passOn(from: Int32, to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        reading: while true {
            let count = recv(from, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            let delay = state.withLock { $0.delayMilliseconds }
            if delay > 0 { usleep(UInt32(delay) * 1_000) }
            var sent = 0
            while sent < count {
                let more = buffer.withUnsafeBytes {
                    send(to, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
                }
                if more < 0, errno == EINTR { continue }
                guard more > 0 else { break reading }
                sent += more
            }
        }
        for socket in [from, to] { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func add(_ sockets: [Int32]) {
        for socket in sockets {
            // As quick as without this stretch, and as patient as PostgreSQL's own settings.
            for (level, name, value) in [
                (IPPROTO_TCP, TCP_NODELAY, 1), (IPPROTO_TCP, TCP_KEEPIDLE, 10), (IPPROTO_TCP, TCP_KEEPINTVL, 5),
                (IPPROTO_TCP, TCP_KEEPCNT, 3), (Int(SOL_SOCKET), SO_KEEPALIVE, 1),
            ] {
                var value = Int32(value)
                setsockopt(socket, Int32(level), name, &value, socklen_t(MemoryLayout<Int32>.size))
            }
        }
        state.withLock { state in
            state.sockets.formUnion(sockets)
            for socket in sockets { try? Self.filter(socket, losing: state.share) }
        }
    }

    private func remove(_ sockets: [Int32]) {
        state.withLock { state in
            state.sockets.subtract(sockets)
            for socket in sockets { close(socket) }
        }
    }

    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    // MARK: Losing

    /// An instruction of the kernel's packet filters, `struct sock_filter`.
    private struct Instruction {
        var code: UInt16
        var jumpIfTrue: UInt8 = 0
        var jumpIfFalse: UInt8 = 0
        var operand: UInt32
    }

    /// `struct sock_fprog`.
    private struct Program {
        var length: UInt16
        var instructions: UnsafePointer<Instruction>?
    }

    /// Makes a socket lose a share of what comes to it.
    private static func filter(_ socket: Int32, losing share: Double) throws {
        let (attach, detach): (Int32, Int32) = (26, 27)
        guard share > 0 else {
            var nothing: Int32 = 0
            // Nothing to detach is no fault.
            setsockopt(socket, SOL_SOCKET, detach, &nothing, socklen_t(MemoryLayout<Int32>.size))
            return
        }
        let random = UInt32(bitPattern: -0x1000 + 56)
        let keep = UInt32(min((1 - share) * 4_294_967_296, 4_294_967_295))
        let instructions = [
            Instruction(code: 0x20, operand: random),
            // At least so much: lost; less: kept.
            Instruction(code: 0x35, jumpIfTrue: 0, jumpIfFalse: 1, operand: keep),
            Instruction(code: 0x06, operand: 0),
            Instruction(code: 0x06, operand: .max),
        ]
        let status = instructions.withUnsafeBufferPointer { buffer in
            var program = Program(length: UInt16(buffer.count), instructions: buffer.baseAddress)
            return setsockopt(socket, SOL_SOCKET, attach, &program, socklen_t(MemoryLayout<Program>.size))
        }
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }
}

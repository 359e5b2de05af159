import Foundation

/// A Python that measures the same with other libraries, on request, so that both sides take turns.
///
/// Speaks in lines: a command with its arguments, answered by one line. The program is `peers/micro.py`.
final class PythonPeer {
    private let process = Process()
    private let toPeer = Pipe()
    private let fromPeer = Pipe()
    private var buffer = Data()

    /// - Throws: ``PeerAbsent`` when `MICROBENCH_PYTHON` names no Python with the libraries.
    init(needing modules: String) throws {
        guard let python = ProcessInfo.processInfo.environment["MICROBENCH_PYTHON"], !python.isEmpty else {
            throw PeerAbsent(description: "MICROBENCH_PYTHON is not set")
        }
        let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "peers/micro.py")
        process.executableURL = URL(filePath: python)
        process.arguments = [program.path]
        process.standardInput = toPeer
        process.standardOutput = fromPeer
        try process.run()
        guard try ask("needs \(modules)") == "ok" else { throw PeerAbsent(description: "Python lacks \(modules)") }
    }

    deinit {
        try? toPeer.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    func ask(_ command: String) throws -> String {
        try toPeer.fileHandleForWriting.write(contentsOf: Data((command + "\n").utf8))
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer = Data(buffer[(end + 1)...])
                return line
            }
            let more = fromPeer.fileHandleForReading.availableData
            guard !more.isEmpty else { throw PeerAbsent(description: "the Python peer ended at “\(command)”") }
            buffer += more
        }
    }

    /// A number that answers a command, such as nanoseconds.
    func number(_ command: String) throws -> Double {
        let answer = try ask(command)
        guard let number = Double(answer) else { throw PeerAbsent(description: "“\(command)” was answered: \(answer)") }
        return number
    }
}

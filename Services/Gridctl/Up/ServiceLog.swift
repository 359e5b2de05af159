import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A program's log as a file of bounded size: what is older than two files' worth is gone.
///
/// Failures to write are ignored: a full disk must not stop the suite for the sake of its logs.
final class ServiceLog: Sendable {
    private struct Open {
        var descriptor: Int32
        var bytes: Int
        /// The last lines, for telling why a program ended.
        var recent: [String] = []
    }

    private static let largestBytes = 8 << 20
    private static let recentLines = 6

    let file: String
    private let open: Mutex<Open>

    init(file: String) {
        self.file = file
        open = Mutex(Open(descriptor: Self.start(file), bytes: 0))
    }

    deinit { open.withLock { _ = close($0.descriptor) } }

    /// The last lines that were written.
    var recent: [String] { open.withLock { $0.recent } }

    func append(_ line: String) {
        open.withLock { open in
            open.recent = open.recent.suffix(Self.recentLines - 1) + [line]
            let bytes = Array(line.utf8) + [0x0A]
            Descriptor.write(bytes, to: open.descriptor)
            open.bytes += bytes.count
            guard open.bytes > Self.largestBytes else { return }
            close(open.descriptor)
            open.descriptor = Self.start(file)
            open.bytes = 0
        }
    }

    /// Keeps the earlier file as `<file>.1` and begins a new one.
    private static func start(_ file: String) -> Int32 {
        rename(file, file + ".1")
        return openFile(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    }
}

private func openFile(_ file: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(file, flags, mode) }

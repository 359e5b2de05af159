import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where finished log lines go.
public struct LogSink: Sendable {
    /// Takes one whole line with its line end.
    let write: @Sendable ([UInt8]) -> Void
    /// Whether a person is looking, so that colours make sense.
    let isTerminal: Bool

    public init(isTerminal: Bool = false, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.write = write
        self.isTerminal = isTerminal
    }

    /// Standard output: one `write(2)` a line, so that lines of processes sharing a pipe do not mix.
    public static let standardOutput = LogSink(isTerminal: isatty(STDOUT_FILENO) == 1) { line in
        standardOutputTurn.withLock { _ in
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let written = systemWrite(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest))
                    // Nobody reads any more, or the disk is full: a log must not take the service down.
                    guard written > 0 || errno == EINTR else { return }
                    rest = rest.dropFirst(max(0, written))
                }
            }
        }
    }

    /// A line longer than the pipe's room takes several writes; they must not be torn apart by other threads.
    private static let standardOutputTurn = Mutex(())
}

/// `write(2)`, which a member named `write` would otherwise hide.
func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}

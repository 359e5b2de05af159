import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The process's own terminal, or what stands in for it.
enum Terminal {
    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// Whether a person watches standard output. `NO_COLOR` and `TERM=dumb` ask for plain lines.
    static var isInteractive: Bool {
        isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb" && environment["NO_COLOR"] == nil
    }

    /// Writes a line to standard output, at once.
    static func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// Writes a line to standard error: faults, and remarks beside an answer that a script reads.
    static func complain(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        Descriptor.write(Array(text.utf8), to: descriptor)
    }
}

import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where a service speaks: answers on standard output, faults on standard error, logs on standard output.
struct ServiceOutput: Sendable {
    let say: @Sendable (String) -> Void
    let complain: @Sendable (String) -> Void
    let startLogging: @Sendable (_ label: String, _ settings: Settings) -> Logger

    static let process = ServiceOutput(
        say: { write($0, to: STDOUT_FILENO) }, complain: { write($0, to: STDERR_FILENO) },
        startLogging: { label, settings in
            LoggingStart.bootstrap(
                format: settings[StandardSettings.logFormat], level: settings[StandardSettings.logLevel])
            return Logger(label: label)
        })

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { systemWrite(descriptor, $0) }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Cuts what comes out of a descriptor into lines.
enum LineReader {
    /// Reads until the other end is closed, and closes this one. `onLine` is called for each line, and with nil at the
    /// end.
    static func read(_ descriptor: Int32, _ onLine: (String?) -> Void) {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while let bytes = Descriptor.read(descriptor, into: &buffer) {
            rest += bytes
            while let newline = rest.firstIndex(of: 0x0A) {
                onLine(String(decoding: rest[..<newline], as: UTF8.self))
                rest.removeSubrange(...newline)
            }
        }
        if !rest.isEmpty { onLine(String(decoding: rest, as: UTF8.self)) }
        close(descriptor)
        onLine(nil)
    }
}

import Foundation

/// A C library of `Tests/Preload`, loaded into programs before their own, and the file that tells it what to do.
///
/// Programs started with its ``environment`` see the machine otherwise than it is. The file is shared memory to them, so
/// that they see a change at once.
public final class PreloadedLibrary: Sendable {
    public let path: String
    private let variable: String
    private let file: String

    /// Builds the library and makes its file.
    ///
    /// - Parameters:
    ///   - name: Of the C file in `Tests/Preload`.
    ///   - file: Where the file goes; everybody may read it. The library is put beside it.
    /// - Throws: ``PrivatePostgresError`` with what the compiler said, or that there is none.
    public init(_ name: String, file: String, size: Int) throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let source = sources.appendingPathComponent("Preload/\(name).c").path
        path = "\(file).so"
        variable = "\(name.uppercased())_FILE"
        self.file = file
        #if os(Linux)
        _ = try Command.run("cc", ["-shared", "-fPIC", "-O2", "-o", path, source, "-ldl"])
        #else
        throw PrivatePostgresError("libraries can be loaded before a program's own on Linux alone")
        #endif
        try Data(count: size).write(to: URL(fileURLWithPath: file))
        chmod(file, 0o644)
        chmod(path, 0o755)
    }

    /// Writes what the library is told.
    public func tell(_ bytes: [UInt8]) throws {
        // In place: a new file would be none that anybody has mapped.
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
    }

    /// What a program's environment must say for it to load these libraries.
    public static func environment(_ libraries: [PreloadedLibrary]) -> [String: String] {
        guard !libraries.isEmpty else { return [:] }
        var environment = ["LD_PRELOAD": libraries.map(\.path).joined(separator: ":")]
        for library in libraries { environment[library.variable] = library.file }
        return environment
    }
}

extension PreloadedLibrary {
    /// A wall clock that can be set for some programs alone.
    public static func clock(file: String) throws -> PreloadedLibrary {
        try PreloadedLibrary("clockshift", file: file, size: 8)
    }

    /// Sets the wall clock of a ``clock(file:)``'s programs, in seconds from the true time.
    public func shift(seconds: Int64) throws { try tell(withUnsafeBytes(of: seconds) { Array($0) }) }

    /// A disk that can fail for some programs alone.
    public static func disk(file: String) throws -> PreloadedLibrary {
        try PreloadedLibrary("baddisk", file: file, size: 64)
    }

    /// What a disk can be made to refuse.
    public enum DiskFault: UInt32, Sendable {
        case none = 0
        /// No space is left.
        case writes = 1
        /// What was written cannot be brought to the disk.
        case fsync = 2
    }

    /// Makes a ``disk(file:)`` fail for the files with this text in their path.
    public func fail(_ fault: DiskFault, path: String = "") throws {
        var bytes = withUnsafeBytes(of: fault.rawValue) { Array($0) } + Array(path.utf8)
        precondition(bytes.count < 64)
        bytes += [UInt8](repeating: 0, count: 64 - bytes.count)
        // First the path, then that it fails.
        if fault != .none { try tell([0, 0, 0, 0] + bytes[4...]) }
        try tell(bytes)
    }
}

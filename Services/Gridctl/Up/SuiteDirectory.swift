import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The directory in which a suite on one machine keeps its database, secrets and logs.
struct SuiteDirectory: Sendable, Equatable {
    /// Absolute.
    let path: String

    init(path: String) {
        let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        self.path = URL(filePath: full).standardized.path(percentEncoded: false).droppingSlash
    }

    /// Addresses and process numbers of the suite while it runs; see ``SuiteRecord``.
    var recordFile: String { path + "/suite.json" }
    /// Made once; see ``SuiteSecrets``.
    var secretsFile: String { path + "/secrets.env" }
    /// Held by the process that runs the suite.
    var lockFile: String { path + "/lock" }
    /// The services' logs, a file each.
    var logs: String { path + "/log" }
    /// The private PostgreSQL cluster.
    var cluster: String { path + "/pg" }

    /// Makes the directory. Others may pass through, because PostgreSQL refuses to run as root and then runs as
    /// somebody else; the files in it are their owner's alone.
    func create() throws {
        for (directory, mode) in [(path, 0o711), (logs, 0o700)] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            chmod(directory, mode_t(mode))
        }
    }

    /// Removes the directory with all that a suite left in it.
    ///
    /// - Throws: ``CommandFailure`` when a suite runs there, or when it holds something else than a suite.
    func removeAll() throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard FileManager.default.fileExists(atPath: lockFile) else {
            throw CommandFailure(
                .data, zh: "\(path) 不是由 gridctl 建立的目录，不予删除", en: "\(path) was not made by gridctl and is not removed")
        }
        // Held until everything is gone, so that nobody starts a suite meanwhile.
        let lock = try SuiteLock(self)
        if let elsewhere = try? FileManager.default.destinationOfSymbolicLink(atPath: cluster) {
            try FileManager.default.removeItem(atPath: elsewhere)
        }
        try FileManager.default.removeItem(atPath: path)
        withExtendedLifetime(lock) {}
    }

    /// The suite that runs here; nil when none does.
    func record() throws -> SuiteRecord? {
        guard let data = FileManager.default.contents(atPath: recordFile) else { return nil }
        do {
            return try JSONDecoder().decode(SuiteRecord.self, from: data)
        } catch {
            throw CommandFailure(
                .data, zh: "\(recordFile) 无法读取，可删除后重试", en: "\(recordFile) cannot be read; remove it and try again")
        }
    }

    func write(_ record: SuiteRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Self.writePrivately(Array(try encoder.encode(record)) + [0x0A], to: recordFile)
    }

    func removeRecord() { unlink(recordFile) }

    /// Writes a file that only its owner can read, whole or not at all.
    static func writePrivately(_ bytes: [UInt8], to file: String) throws {
        let temporary = file + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.refused(file) }
        defer { close(descriptor) }
        guard Descriptor.write(bytes, to: descriptor), rename(temporary, file) == 0 else { throw Self.refused(file) }
    }

    static func refused(_ file: String) -> CommandFailure {
        let reason = String(cString: strerror(errno))
        return CommandFailure(.systemError, zh: "无法写入 \(file)：\(reason)", en: "cannot write \(file): \(reason)")
    }
}

/// Keeps a second `gridctl` from running a suite in the same directory, until the process ends.
final class SuiteLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``CommandFailure`` that names the process which runs the suite already.
    init(_ directory: SuiteDirectory) throws {
        descriptor = open(directory.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SuiteDirectory.refused(directory.lockFile) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            let pid = (try? directory.record())?.map { " (pid \($0.pid))" } ?? ""
            throw CommandFailure(
                .unavailable, zh: "\(directory.path) 已有一套服务在运行\(pid)",
                en: "a suite is running in \(directory.path) already\(pid)")
        }
    }

    deinit { close(descriptor) }
}

extension String {
    fileprivate var droppingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}

import FoundationEssentials
import Messages

/// Property 8, on disk: no personal number in any log file of the suite.
///
/// Looks for the numbers that clients gave away on purpose, and for whatever reads like a telephone, an identity card, a
/// bank card or a plate.
enum LogFileChecks {
    static let all = [
        AuditCheck(
            8, "personal-data-in-logs", zh: "日志文件中没有个人信息", en: "no personal number in the log files", run: search)
    ]

    private static func search(_ context: AuditContext) throws -> [AuditFinding] {
        let needles = Needles(context.truth.flatMap(\.canaries))
        return try context.logFolders.flatMap { folder in
            try files(in: folder).flatMap { try findings(in: "\(folder)/\($0)", called: $0, needles) }
        }
    }

    private static func files(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in [".log", ".out"].contains { name.hasSuffix($0) } }.sorted()
    }

    /// The lines that hold a number, by file and line; what it is stays where it is.
    private static func findings(in path: String, called name: String, _ needles: Needles) throws -> [AuditFinding] {
        let data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        return data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let id = "\(name):\(index + 1)"
            if line.withUnsafeBytes(needles.isAny) { return AuditFinding(id: id, detail: "holds a number given away") }
            let text = String(decoding: line, as: UTF8.self)
            return Scrubber.scrub(text) == text
                ? nil : AuditFinding(id: id, detail: "holds what reads like a personal number")
        }
    }
}

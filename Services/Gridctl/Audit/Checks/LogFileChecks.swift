import FoundationEssentials

/// Property 8, on disk: no personal number in any log file of the suite.
enum LogFileChecks {
    static let all = [
        AuditCheck(
            8, "personal-data-in-logs", zh: "日志文件中没有个人信息", en: "no personal number in the log files", run: search)
    ]

    private static func search(_ context: AuditContext) throws -> [AuditFinding] {
        let needles = Needles(context.truth.flatMap(\.canaries))
        guard let folder = context.logFolder, !needles.isEmpty else { return [] }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.sorted().compactMap { file in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(file)") else { return nil }
            return data.withUnsafeBytes(needles.isAny) ? AuditFinding(id: file, detail: "holds one") : nil
        }
    }
}

import FoundationEssentials

/// Property 8, on disk: no personal number in any log file of the suite.
enum LogFileChecks {
    static let all = [
        AuditCheck(8, "personal-data-in-logs", zh: "日志文件中没有个人信息", en: "no personal number in the log files", run: search)
    ]

    private static func search(_ context: AuditContext) throws -> [AuditFinding] {
        let needles = Set(context.truth.flatMap(\.canaries)).map { Array($0.utf8) }
        guard let folder = context.logFolder, !needles.isEmpty else { return [] }
        let finder = NeedleFinder(needles)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.sorted().compactMap { file in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(file)") else { return nil }
            return finder.isAny(in: Array(data)) ? AuditFinding(id: file, detail: "holds one") : nil
        }
    }
}

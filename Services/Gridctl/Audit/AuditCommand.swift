import ArgumentParser
import City
import Messages
import Postgres
import ServiceKit

/// Proves on a live database what the suite promises, against what publishers recorded as accepted.
///
/// Written apart from the services: it knows their tables, none of their code.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Prove that nothing was lost, doubled or invented; exit 1 with the offending ids otherwise.")

    @OptionGroup var suite: SuiteOptions

    @Option(help: "What clients were told, as `gridctl simulate --truth` writes it; may be given several times.")
    var truth: [String] = []

    @Option(help: "Folder with the services' log files; may be given several times. Otherwise that of --dir.")
    var logs: [String] = []

    @Option(help: "Seconds to wait until all lanes have read all messages.")
    var wait = 60

    @Flag(help: "Print findings as JSON.")
    var json = false

    func run() async throws {
        let session = try suite.session()
        defer { session.close() }
        let report = try Audit(
            truth: try truth.map { try TruthRecord(path: $0) }, waitSeconds: wait,
            logFolders: logs.isEmpty ? [suite.directory.logs] : logs
        ).run(session)
        Terminal.say(json ? report.json : report.text(in: suite.language))
        try report.requireClean()
    }
}

/// All checks in their order, and what they found.
struct Audit {
    var truth: [TruthRecord]
    var waitSeconds: Int
    /// Where the services' log files are, if they are on this machine.
    var logFolders: [String] = []

    static let checks: [AuditCheck] =
        LogChecks.all + ReportChecks.all + CaseChecks.all + AnswerChecks.all + ClockChecks.all + ClockModelChecks.all
        + LedgerChecks.all + AwardChecks.all + GuardChecks.all + AnalyticsChecks.all + PrivacyChecks.all
        + LogFileChecks.all

    func run(_ session: PostgresSession) throws -> AuditReport {
        let quiet = try Quiet.wait(seconds: waitSeconds, session: session)
        try TruthRecord.store(truth, session: session)
        let context = AuditContext(session: session, truth: truth, logFolders: logFolders)
        var results = [
            AuditReport.Result(
                check: Quiet.check,
                findings: quiet.map { AuditFinding(id: $0, detail: "lanes have not read everything in time") })
        ]
        for check in Audit.checks {
            var findings = try look(check, context)
            if !findings.isEmpty {
                // Time goes on meanwhile: a clock that fires is known here before it is known there.
                _ = try Quiet.wait(seconds: waitSeconds, session: session)
                findings = Self.confirmed(findings, by: try look(check, context))
            }
            results.append(.init(check: check, findings: findings))
        }
        return AuditReport(results: results)
    }

    private func look(_ check: AuditCheck, _ context: AuditContext) throws -> [AuditFinding] {
        try context.session.withStatementTimeout(300_000) { try check.run(context) }
    }

    /// What two looks at a living suite both found: what was only on its way is not there the second time.
    static func confirmed(_ first: [AuditFinding], by second: [AuditFinding]) -> [AuditFinding] {
        // Of so many, each look may have been given others.
        let ids = Set(first.map(\.id))
        return second.count >= AuditContext.most ? second : second.filter { ids.contains($0.id) }
    }
}

/// What checks look at.
struct AuditContext {
    let session: PostgresSession
    let truth: [TruthRecord]
    let logFolders: [String]

    /// Findings of one query: enough to begin with.
    static let most = 100

    /// Findings of a query that gives an id and what is wrong with it.
    func findings(_ sql: SQL) throws -> [AuditFinding] {
        try session.query(
            "SELECT id::text, detail::text FROM (\(sql)) AS found (id, detail) LIMIT \(Int64(Self.most))"
        )
        .decode((String?, String?).self).map { AuditFinding(id: $0.0 ?? "-", detail: $0.1 ?? "") }
    }
}

/// One violation: what, and what was found. Ids only, no content.
struct AuditFinding: Equatable {
    var id: String
    var detail: String
}

/// One thing that must hold.
struct AuditCheck: Sendable {
    /// Number of the property in the architecture document, and a stable name.
    var property: Int
    var name: String
    var title: LocalizedText
    var run: @Sendable (AuditContext) throws -> [AuditFinding]

    init(
        _ property: Int, _ name: String, zh: String, en: String,
        run: @escaping @Sendable (AuditContext) throws -> [AuditFinding]
    ) {
        self.property = property
        self.name = name
        title = LocalizedText(zh: zh, en: en)
        self.run = run
    }

    /// A check that is one query for violations: an id and a detail a row.
    init(_ property: Int, _ name: String, zh: String, en: String, violations sql: SQL) {
        self.init(property, name, zh: zh, en: en) { try $0.findings(sql) }
    }
}

/// What an audit found.
struct AuditReport {
    struct Result {
        var check: AuditCheck
        var findings: [AuditFinding]
    }

    var results: [Result]

    var findingCount: Int { results.map(\.findings.count).reduce(0, +) }
    var isClean: Bool { findingCount == 0 }

    /// - Throws: ``CommandFailure`` that says how many violations there are.
    func requireClean() throws {
        guard isClean else {
            throw CommandFailure.incomplete(
                zh: "审计发现 \(findingCount) 处不符", en: "the audit found \(findingCount) violations")
        }
    }

    func text(in language: Language) -> String {
        let rows = results.map { result in
            [
                String(result.check.property), result.check.title.text(in: language),
                result.findings.isEmpty ? "✓" : "✗ \(result.findings.count)",
            ]
        }
        let header = language == .zh ? ["性质", "检查", "结果"] : ["property", "check", "result"]
        var lines = [TextTable(header: header, rows: rows).text]
        for result in results where !result.findings.isEmpty {
            lines.append("\n\(result.check.name): \(result.check.title.text(in: language))")
            lines += result.findings.prefix(20).map { "  \($0.id)  \($0.detail)" }
        }
        return lines.joined(separator: "\n")
    }

    var json: String {
        var writer = JSONWriter(capacity: 4_096)
        writer.object {
            $0.field("clean", isClean)
            $0.key("checks")
            $0.array(results) { writer, result in
                writer.object {
                    $0.field("property", result.check.property)
                    $0.field("name", result.check.name)
                    $0.key("findings")
                    $0.array(result.findings) { writer, finding in
                        writer.object {
                            $0.field("id", finding.id)
                            $0.field("detail", finding.detail)
                        }
                    }
                }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

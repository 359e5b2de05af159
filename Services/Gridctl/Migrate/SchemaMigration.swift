/// Brings the schemas of one service up to date, by the service's own executable.
enum SchemaMigration {
    /// Runs `<service> migrate`. Several may run at once: they wait for each other.
    ///
    /// - Returns: What the service wrote.
    /// - Throws: ``CommandFailure`` with the service's own exit code and words.
    static func run(
        _ executable: SuiteExecutable, environment: [String: String], isRehearsal: Bool = false
    ) async throws -> [String] {
        let launch = ChildProcess.Launch(
            program: try Executables.path(of: executable.name),
            arguments: ["migrate"] + (isRehearsal ? ["--dry-run"] : []), environment: environment)
        let (ending, lines) = try await ChildProcess.run(launch)
        guard ending == .exit(0) else {
            let words = lines.suffix(8).map { "\n  \($0)" }.joined()
            let isSetting = ending == .exit(78)
            throw CommandFailure(
                isSetting ? .configuration : .unavailable,
                zh: "\(executable.name) 的数据库结构未能升级（\(ending)）：\(words)",
                en: "the schemas of \(executable.name) could not be migrated (\(ending)):\(words)")
        }
        return lines
    }
}

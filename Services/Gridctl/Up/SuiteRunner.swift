import CityStore
import Postgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Runs a whole suite on this machine: a private PostgreSQL unless there is one, the schemas, a profile, the services.
///
/// What ends by itself is started again. When this process ends, however it ends, so does all it started.
actor SuiteRunner {
    private let configuration: SuiteConfiguration
    private let screen: Screen
    private var lock: SuiteLock?
    private var postgres: KeptProcess?
    private var services: [KeptProcess] = []
    private var record: SuiteRecord?

    private static let serviceGraceSeconds = 15
    private static let postgresGraceSeconds = 60

    init(_ configuration: SuiteConfiguration, screen: Screen) {
        self.configuration = configuration
        self.screen = screen
    }

    /// Runs a suite for as long as `work` lasts, and stops it in order.
    ///
    /// - Parameters:
    ///   - work: Is given the addresses once every service is ready. A stop signal cancels it.
    /// - Throws: ``CommandFailure`` when the suite cannot be started, or what `work` throws, after the suite was
    ///   stopped. A suite that was stopped by a signal is no failure.
    static func run(
        _ configuration: SuiteConfiguration, screen: Screen,
        work: @escaping @Sendable (SuiteRecord, StopSignals) async throws -> Void
    ) async throws {
        let signals = StopSignals()
        let runner = SuiteRunner(configuration, screen: screen)
        let task = Task { try await work(try await runner.start(), signals) }
        let watch = Task {
            await signals.wait()
            task.cancel()
        }
        let result = await task.result
        watch.cancel()
        await runner.stop()
        if signals.isReceived { return }
        try result.get()
    }

    /// Starts everything and returns when every service is ready.
    ///
    /// - Throws: ``CommandFailure``; call ``stop()`` all the same.
    func start() async throws -> SuiteRecord {
        let directory = configuration.directory
        try directory.create()
        lock = try SuiteLock(directory)
        try await waitForPredecessor()
        let secrets = try SuiteSecrets(loadingOrMaking: directory)
        let ports = try configuration.ports()
        let url = try await startDatabase(secrets)
        record = SuiteRecord(pid: getpid(), postgresURL: url)
        try save()
        try await screen.step(zh: "数据库结构", en: "schemas") {
            for executable in SuiteExecutable.all {
                let environment = configuration.environment(
                    of: executable, port: nil, postgresURL: url, secrets: secrets)
                _ = try await SchemaMigration.run(executable, environment: environment)
                try Task.checkCancellation()
            }
        }
        try await loadProfile(url)
        try await screen.step(zh: "五个服务", en: "five services") {
            for (executable, port) in zip(SuiteExecutable.all, ports) {
                try await startService(executable, port: port, postgresURL: url, secrets: secrets)
            }
            try await waitUntilReady()
        }
        for service in services { await service.settle() }
        guard let record else { throw CancellationError() }
        return record
    }

    /// Stops the services, then PostgreSQL, and waits for each.
    func stop() async {
        if !services.isEmpty {
            await screen.step(zh: "停止服务", en: "stopping the services") {
                await withTaskGroup { group in
                    for service in services {
                        group.addTask { await service.stop(graceSeconds: Self.serviceGraceSeconds) }
                    }
                }
            }
        }
        services = []
        if let postgres {
            await screen.step(zh: "停止 PostgreSQL", en: "stopping PostgreSQL") {
                await postgres.stop(graceSeconds: Self.postgresGraceSeconds)
            }
        }
        postgres = nil
        if record != nil { configuration.directory.removeRecord() }
        record = nil
        lock = nil
    }

    // MARK: Steps

    /// A suite that was killed a moment ago may still be stopping: its ports and its cluster become free shortly.
    private func waitForPredecessor() async throws {
        guard let earlier = try? configuration.directory.record() else { return }
        let pids = earlier.services.map(\.pid).filter { $0 > 0 }
        for _ in 0..<150 where pids.contains(where: { kill($0, 0) == 0 }) {
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func startDatabase(_ secrets: SuiteSecrets) async throws -> String {
        if let url = configuration.postgresURL { return url }
        let cluster = try LocalPostgres(
            cluster: configuration.directory.cluster, port: try configuration.clusterPort(),
            password: secrets[SuiteSecrets.postgresPassword])
        if !cluster.exists {
            try await screen.step(zh: "新建数据库集簇 \(cluster.data)", en: "new database cluster in \(cluster.data)") {
                try await cluster.create()
            }
        }
        return try await screen.step(zh: "PostgreSQL，端口 \(cluster.port)", en: "PostgreSQL on port \(cluster.port)") {
            let server = keep("postgres", cluster.launch, onLine: { _ in })
            postgres = server
            try await server.start()
            do {
                try await cluster.waitUntilReady { await server.givenUp != nil }
            } catch let failure as CommandFailure {
                guard let end = await server.givenUp else { throw failure }
                throw Self.ended("PostgreSQL", end)
            }
            try cluster.prepare()
            await server.settle()
            return cluster.url
        }
    }

    private func loadProfile(_ url: String) async throws {
        let session = try SuiteOptions.quietSession(url)
        defer { session.close() }
        guard try CityStore.effectiveVersion(session) == nil else { return }
        let (folder, change) = (configuration.profileFolder, configuration.changeProfile)
        try await screen.step(zh: "载入城市配置 \(folder)", en: "city profile \(folder)") {
            let report = try ProfileReport(checking: ProfileFolder(path: folder))
            guard var profile = report.profile else { throw Self.refused(folder) }
            change(&profile)
            if case .refused = try ProfileLoading.load(profile, into: session) { throw Self.refused(folder) }
        }
    }

    private func startService(
        _ executable: SuiteExecutable, port: Int, postgresURL: String, secrets: SuiteSecrets
    ) async throws {
        let launch = ChildProcess.Launch(
            program: try Executables.path(of: executable.name),
            environment: configuration.environment(
                of: executable, port: port, postgresURL: postgresURL, secrets: secrets))
        let voice = ServiceVoice(executable, logs: configuration.logs, screen: screen)
        let service = keep(executable.name, launch, onLine: { voice.say($0) })
        record?.services.append(SuiteRecord.Service(name: executable.name, port: port, pid: 0))
        services.append(service)
        try await service.start()
    }

    private func waitUntilReady() async throws {
        for _ in 0..<900 {
            for service in services {
                if let end = await service.givenUp { throw Self.ended(service.name, end) }
            }
            if await missing().isEmpty { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        let names = await missing().map(\.name).joined(separator: ", ")
        throw CommandFailure(
            .unavailable, zh: "\(names) 90 秒内没有就绪，日志在 \(configuration.directory.logs)",
            en: "\(names) did not become ready within 90 s; their logs are in \(configuration.directory.logs)")
    }

    private func missing() async -> [SuiteRecord.Service] {
        var missing: [SuiteRecord.Service] = []
        for service in record?.services ?? [] where !(await Readiness.isReady(service)) { missing.append(service) }
        return missing
    }

    // MARK: Keeping

    private func keep(
        _ name: String, _ launch: ChildProcess.Launch, onLine: @escaping @Sendable (String) -> Void
    ) -> KeptProcess {
        let log = ServiceLog(file: "\(configuration.directory.logs)/\(name).log")
        return KeptProcess(name: name, launch: launch, log: log, onLine: onLine) { [weak self, screen] change in
            if case .restarting(let ending, let milliseconds) = change {
                screen.alarm(
                    zh: "\(name) 已退出（\(ending)），\(milliseconds) 毫秒后重启",
                    en: "\(name) ended (\(ending)); starting again in \(milliseconds) ms")
            }
            Task { await self?.note(change, of: name) }
        }
    }

    private func note(_ change: KeptProcess.Change, of name: String) {
        guard let index = record?.services.firstIndex(where: { $0.name == name }) else { return }
        if case .started(let pid) = change {
            record?.services[index].pid = pid
        } else {
            record?.services[index].pid = 0
        }
        // The record helps other commands; the suite runs without it.
        try? save()
    }

    private func save() throws {
        if let record { try configuration.directory.write(record) }
    }

    private static func ended(_ name: String, _ end: KeptProcess.GivenUp) -> CommandFailure {
        let lines = end.lastLines.map { "\n  \($0)" }.joined()
        let code: CommandFailure.Kind = end.ending == .exit(78) ? .configuration : .unavailable
        return CommandFailure(
            code, zh: "\(name) 无法启动（\(end.ending)）：\(lines)", en: "\(name) does not start (\(end.ending)):\(lines)")
    }

    private static func refused(_ folder: String) -> CommandFailure {
        CommandFailure(
            .data, zh: "城市配置 \(folder) 有误，请用 gridctl profile validate 查看",
            en: "the profile in \(folder) has faults; see gridctl profile validate \(folder)")
    }
}
